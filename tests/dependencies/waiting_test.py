# SPDX-License-Identifier: Apache-2.0
"""While packages are installed for the first time, and when that has failed."""

import json

import pytest
import sandgate
from conftest import environments, version_of
from packages import make_sdist, make_wheel

SLOW = """
    import time
    while not os.path.exists({!r}):
        time.sleep(0.05)
"""


# In rootless without user namespaces an installer starts no process, so it builds nothing.
@pytest.mark.modes("full", "container", "rootless-userns")
def test_runs_wait_and_are_then_told_to_come_again(site):
    gate = site.folder / "wheels/open-the-gate"
    make_sdist(site.wheels, "slow", "1.0", SLOW.format(str(gate)))
    site.require("slow\n")
    server = site.serve(config={"dependencies": {"wait_seconds": 1}})
    assert server.healthy()
    body = {"language": "python3", "code": "import slow; print(slow.version)"}
    status, headers, answer = server.request("POST", "/v1/sandbox/run", body)
    reply = json.loads(answer)
    assert status == 503 and reply["code"] == -503 and int(headers["retry-after"]) > 0
    assert "are being installed for the first time" in reply["message"], reply
    assert server.run("nodejs", "console.log(1)")["data"]["stdout"] == "1\n"  # nothing is installed for it
    status, _, answer = server.request("GET", "/ready")
    ready = json.loads(answer)
    assert status == 503 and "installed for the first time" in ready["languages"]["python3"]["problem"]
    assert any("installing packages" in warning for warning in ready["warnings"]), ready
    gate.write_text("")
    server.wait_log("packages in use", 30)
    assert version_of(server, "slow") == "1.0"
    # An answer is given again for some seconds.
    sandgate.wait_for(lambda: server.request("GET", "/ready")[0] == 200, what="readiness")


@pytest.mark.modes("full", "container", "rootless-userns")
def test_nobody_waits_for_packages_that_were_taken_back_before_their_turn(site):
    gate = site.folder / "wheels/open-the-gate"
    make_sdist(site.wheels, "slow", "1.0", SLOW.format(str(gate)))
    site.require("slow\n")
    site.require_node(other="1.0")
    server = site.serve(config={"dependencies": {"wait_seconds": 1}})
    body = {"language": "nodejs", "code": "console.log(1)"}
    assert "waiting for its turn" in json.loads(server.request("POST", "/v1/sandbox/run", body)[2])["message"]
    (site.folder / "package.json").unlink()
    gate.write_text("")
    server.wait_log("packages in use", 30)
    sandgate.wait_for(lambda: server.request("POST", "/v1/sandbox/run", body)[0] == 200, what="a run of Node.js")


FILE = "dependencies/python-requirements.txt"
FAILING = "demo\nnosuchpackage\n"


def no_word_of_it(site, data: dict):
    """Whoever runs code learns neither what else is in the operator's file, nor where it is, nor the installer's words."""
    text = json.dumps(data)
    assert "nosuchpackage" not in text and str(site.folder) not in text and "index" not in text, text


def test_where_it_has_failed_a_missing_module_is_explained(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require(FAILING)
    server = site.serve()
    assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
    data = server.run("python3", "import demo")["data"]
    assert data["outcome"] == "failed"
    told = data["denied"][-1]
    assert told["why"] == f"The package demo is in {FILE}, whose packages could not be installed."
    assert told["fix"].startswith("cannot be allowed: the operator mends that"), told
    no_word_of_it(site, data)
    data = server.run("python3", "import unrelated")["data"]
    told = data["denied"][-1]
    assert told["why"].startswith("It is not installed for the interpreter of runs, "), told
    assert f"and the packages in {FILE} could not be installed" in told["why"], told
    assert (told["fix"], told["fix_in"]) == ("unrelated", FILE)
    no_word_of_it(site, data)
    site.require("demo\n")
    told = server.run("python3", "import demo")["data"]["denied"][-1]
    assert told["why"] == f"The package demo is in {FILE}, which has changed since its packages could not be installed."
    assert "POST /v1/sandbox/dependencies/update" in told["fix"] and told["fix_in"] == "server", told
    site.require(FAILING)
    chinese = server.request("POST", "/v1/sandbox/run", {"language": "python3", "code": "import demo"},
                             headers={"Accept-Language": "zh"})[2].decode()
    assert "无法安装" in json.loads(chinese)["data"]["error"]
    status, _, answer = server.request("GET", "/ready")
    assert status == 200 and any("nosuchpackage" in warning for warning in json.loads(answer)["warnings"])
    assert not environments(server)
