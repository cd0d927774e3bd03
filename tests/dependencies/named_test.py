# SPDX-License-Identifier: Apache-2.0
"""Named environments: a request chooses one, each has packages of its own."""

import json

from conftest import listed, update, version_of
from packages import make_wheel


def test_each_has_its_own(site):
    for version in ("1.0", "2.0", "3.0"):
        make_wheel(site.wheels, "demo", version)
    site.require("demo==1.0\n")
    (site.folder / "two.txt").write_text("demo==2.0\n")
    (site.folder / "three.txt").write_text("demo==3.0\n")
    server = site.serve(config={"environments": {"two": {"python_requirements": "two.txt"},
                                                 "three": {"python_requirements": "three.txt"}}})
    for _ in range(2):
        assert version_of(server, "demo") == "1.0"
        assert version_of(server, "demo", environment="two") == "2.0"
        assert version_of(server, "demo", environment="three", enable_network=True) == "3.0"
    reply = server.run("python3", "pass", environment="four")
    assert reply["code"] == -400 and "three, two" in reply["message"], reply


def test_its_packages_are_listed(site):
    for version in ("1.0", "2.0", "2.1"):
        make_wheel(site.wheels, "demo", version)
    site.require("demo==1.0\n")
    (site.folder / "two.txt").write_text("demo==2.0\n")
    server = site.serve(config={"environments": {"two": {"python_requirements": "two.txt"}}})
    assert (listed(server)["demo"], listed(server, "&environment=two")["demo"]) == ("1.0", "2.0")
    (site.folder / "two.txt").write_text("demo==2.1\n")
    assert listed(server, "&environment=two")["demo"] == "2.0"
    assert update(server)["code"] == 0
    assert (listed(server)["demo"], listed(server, "&environment=two")["demo"]) == ("1.0", "2.1")
    installed = sum(line.get("msg") == "installer" for line in server.log_lines())
    for route in ("dependencies", "dependencies/refresh"):
        _, _, body = server.request("GET", f"/v1/sandbox/{route}?environment=four", headers={"Accept-Language": "zh"})
        reply = json.loads(body)
        assert reply["code"] == -400 and "没有" in reply["message"] and "two" in reply["message"], reply
    assert sum(line.get("msg") == "installer" for line in server.log_lines()) == installed


def test_an_unknown_field_stops_the_start(site):
    server = site.serve  # a server that does not start
    try:
        server(config={"environments": {"two": {"python_requirement": "two.txt"}}})
    except RuntimeError as error:
        assert "python_requirement" in str(error) and "there are python_requirements and package_json" in str(error)
    else:
        raise AssertionError("it started")
