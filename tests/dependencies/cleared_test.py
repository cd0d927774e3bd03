# SPDX-License-Identifier: Apache-2.0
"""An update that succeeds ends what an earlier failure left, also where no packages are asked for any more; and it
reaches the named environments that were asked for."""

import json

import pytest
import sandgate
from conftest import update, version_of
from packages import make_wheel

FAILED = "could not be installed"


def warnings(server) -> list:
    return json.loads(server.request("GET", "/ready")[2])["warnings"]


def break_python(site):
    site.require("nosuchpackage\n")


def break_node(site):
    (site.folder / "package.json").write_text('{"dependencies": ["left-pad"]}')


@pytest.mark.parametrize("spoil,mend,language,code", [
    (break_python, lambda folder: (folder / "python-requirements.txt").unlink(), "python3", "import nosuchpackage"),
    (break_python, lambda folder: (folder / "python-requirements.txt").write_text("# none\n"), "python3", "import other"),
    (break_node, lambda folder: (folder / "package.json").write_text('{"dependency": {"left-pad": "1"}}'), "nodejs",
     "require('left-pad')")], ids=["deleted", "emptied", "node"])
def test_a_failure_of_packages_that_nobody_wants_any_more(site, spoil, mend, language, code):
    spoil(site)
    server = site.serve()
    server.run(language, "1")  # waits for the first installation
    sandgate.wait_for(lambda: any(FAILED in one for one in warnings(server)), what="the failure in /ready")
    assert FAILED in server.run(language, code)["data"]["error"]
    mend(site.folder)
    assert update(server, f"/v1/sandbox/dependencies/update?language={language}")["code"] == 0
    told = server.run(language, code)["data"]["denied"][-1]
    assert FAILED not in json.dumps(told) and "It is not installed" in told["why"], told
    sandgate.wait_for(lambda: not any(FAILED in one for one in warnings(server)), what="a /ready without it")


def test_a_named_environment_whose_file_is_written_later(site):
    make_wheel(site.wheels, "demo", "1.0")
    server = site.serve(config={"environments": {"data": {"python_requirements": "data.txt"}}})
    assert server.run("python3", "import demo", environment="data")["data"]["outcome"] == "failed"
    (site.folder / "data.txt").write_text("demo\n")
    told = server.run("python3", "import demo", environment="data")["data"]["denied"][-1]
    assert "POST /v1/sandbox/dependencies/update?language=python3" in told["fix"], told
    assert update(server)["code"] == 0
    assert version_of(server, "demo", environment="data") == "1.0"
