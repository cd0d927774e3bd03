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


def test_where_it_has_failed_a_missing_module_is_explained(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\nnosuchpackage\n")
    server = site.serve()
    assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
    data = server.run("python3", "import demo")["data"]
    assert data["outcome"] == "failed"
    assert "could not be installed" in data["error"] and "nosuchpackage" in data["error"], data["error"]
    assert "python-requirements.txt" in data["denied"][-1]["why"]
    assert data["denied"][-1]["fix"].startswith("cannot be allowed: the operator mends that"), data["denied"]
    chinese = server.request("POST", "/v1/sandbox/run", {"language": "python3", "code": "import demo"},
                             headers={"Accept-Language": "zh"})[2].decode()
    assert "无法安装" in json.loads(chinese)["data"]["error"]
    status, _, answer = server.request("GET", "/ready")
    assert status == 200 and any("nosuchpackage" in warning for warning in json.loads(answer)["warnings"])
    assert not environments(server)
