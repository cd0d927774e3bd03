# SPDX-License-Identifier: Apache-2.0
"""Named environments: a request chooses one, each has packages of its own."""

from conftest import version_of
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


def test_an_unknown_field_stops_the_start(site):
    server = site.serve  # a server that does not start
    try:
        server(config={"environments": {"two": {"python_requirement": "two.txt"}}})
    except RuntimeError as error:
        assert "python_requirement" in str(error) and "there are python_requirements and package_json" in str(error)
    else:
        raise AssertionError("it started")
