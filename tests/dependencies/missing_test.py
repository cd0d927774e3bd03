# SPDX-License-Identifier: Apache-2.0
"""A program that misses a package which the operator's file names is told so, and what makes the server install it; of the
file nothing else is told."""

import json
import os
import signal

import pytest
import sandgate
from conftest import BUILD_SECONDS, update, version_of
from packages import make_sdist, make_wheel

FILE = "dependencies/python-requirements.txt"
GATED = """
    import time
    while not os.path.exists({!r}):
        time.sleep(0.05)
"""


def missing(server, module: str, **more) -> dict:
    """What a run is told that imports `module`, which is not there."""
    data = server.run("python3", f"import {module}", **more)["data"]
    assert data["outcome"] == "failed" and data["denied"][-1]["object"] == module, data
    assert "secret" not in json.dumps(data)
    return data["denied"][-1]


def test_a_file_that_has_changed_since(served):
    site, serve = served
    server = serve()
    assert missing(server, "demo")["fix_in"] == FILE
    make_wheel(site.wheels, "demo", "1.0")
    site.require("good==1.0\ndemo==1.0 --config-settings=a=secret\n")
    told = missing(server, "demo")
    assert told["why"] == f"The package demo is in {FILE}, but is not installed yet."
    assert (told["fix_in"], "SIGHUP" in told["fix"]) == ("server", True)
    site.require("good==1.0\ndemo==1.0\n")
    assert update(server)["code"] == 0  # as it has been told
    assert version_of(server, "demo") == "1.0"
    site.require("good==1.0\n")
    assert update(server)["code"] == 0
    assert missing(server, "demo")["fix_in"] == FILE


def test_a_constraint_asks_for_nothing(served):
    site, serve = served
    (site.folder / "limits.txt").write_text("demo==1.0\n")
    server = serve()
    site.require("good==1.0\n-c limits.txt\n")
    assert missing(server, "demo")["fix_in"] == FILE


def test_a_package_whose_module_has_another_name(site):
    make_wheel(site.wheels, "demo", "1.0", {"another.py": ""})
    site.require("demo\n")
    told = missing(site.serve(), "demo")
    assert told["why"] == f"The package demo is in {FILE} and installed, but has no module of this name."
    assert told["fix"].startswith("cannot be allowed: its documentation")


def test_one_that_could_not_be_installed(served):
    site, serve = served
    server = serve()
    site.require("good==1.0\nnosuchpackage # secret\n")
    assert update(server)["code"] == -500
    told = missing(server, "nosuchpackage")
    assert told["why"] == f"The package nosuchpackage is in {FILE}, whose packages could not be installed."
    assert missing(server, "other")["fix_in"] == FILE


# In rootless without user namespaces an installer starts no process, so it builds nothing.
@pytest.mark.modes("full", "container", "rootless-userns")
def test_one_that_is_being_installed(served):
    site, serve = served
    server = serve()
    gate = site.wheels / "open-the-gate"
    make_sdist(site.wheels, "slow", "1.0", GATED.format(str(gate)))
    site.require("good==1.0\nslow\n")
    os.kill(server.pid, signal.SIGHUP)
    sandgate.wait_for(lambda: "is being installed" in missing(server, "slow")["why"], what="the installation")
    assert missing(server, "slow")["fix"].startswith("run the code again when that has ended")
    gate.write_text("")
    sandgate.wait_for(lambda: server.run("python3", "import slow")["data"]["outcome"] == "ok", BUILD_SECONDS, "slow")


def test_one_of_a_named_environment(site):
    make_wheel(site.wheels, "good", "1.0")
    site.require("\n")
    (site.folder / "data.txt").write_text("good\n")
    server = site.serve(config={"environments": {"data": {"python_requirements": "data.txt"}}})
    assert version_of(server, "good", environment="data") == "1.0"
    (site.folder / "data.txt").write_text("good\ndemo\n")
    told = missing(server, "demo", environment="data")
    assert told["why"] == "The package demo is in dependencies/data.txt, but is not installed yet."
    assert missing(server, "demo")["fix_in"] == FILE
    assert missing(server, "other", environment="data")["fix_in"] == "dependencies/data.txt"


def test_the_file_by_the_name_that_the_configuration_has(site):
    server = site.serve(config={"dependencies": {"python_requirements": "more/requirement.txt"}})
    told = missing(server, "demo")
    assert (told["fix"], told["fix_in"]) == ("demo", "dependencies/more/requirement.txt")


def test_a_part_of_a_package_that_is_there(served):
    site, serve = served
    make_wheel(site.wheels, "whole", "1.0", {"whole/__init__.py": ""})
    site.require("good==1.0\nwhole\n")
    server = serve()
    told = missing(server, "whole.nothing")
    assert told["why"] == "Its package is there, but has no module of this name." and told["fix_in"] == "", told
