# SPDX-License-Identifier: Apache-2.0
"""A real container with default settings gives the full function: no privileges, no added capabilities.

Claim: the image's server starts, answers the health check of the usual compose file, runs both languages
at once and stops when the engine asks it to. What runs may and may not do is in the other suites.
"""

import json

import pytest


def test_health_check_of_the_compose_file(container_server):
    checked = container_server.exec("curl", "-sf", f"http://localhost:{container_server.port}/health")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout) == "ok"


@pytest.mark.parametrize("language,code", [("python3", "print('héllo')"), ("nodejs", "console.log('héllo')")])
def test_runs_both_languages(container_server, language, code):
    reply = container_server.run(language, code)
    assert reply["code"] == 0, reply
    assert reply["data"]["error"] == ""
    assert reply["data"]["stdout"] == "héllo\n"


def test_runs_side_by_side(container_server):
    requests = [("python3", f"print({i})") for i in range(8)] + [("nodejs", f"console.log({i})") for i in range(8)]
    replies = container_server.run_many(requests)
    assert [reply["data"]["stdout"] for reply in replies] == [f"{i}\n" for i in range(8)] * 2


CAPABILITIES = """
import ctypes, os, struct
header, sets = struct.pack("Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
assert ctypes.CDLL(None, use_errno=True).capget(header, sets) == 0
print(os.getuid() != 0, set(sets.raw) == {0})
"""


def test_a_run_is_not_root_and_has_no_capabilities(container_server):
    data = container_server.run("python3", CAPABILITIES)["data"]
    assert data["stdout"] == "True True\n", data


def test_runs_leave_nothing_behind(container_server):
    container_server.run_many([("python3", "print(1)"), ("nodejs", "console.log(1)")] * 4)
    before = container_server.counters_at_rest()
    for _ in range(3):
        container_server.run_many([("python3", "open('/tmp/x', 'w').write('x'); print(1)")] * 4)
    after = container_server.wait_settled(before)
    assert all(after[name] <= before[name] for name in before), (before, after)


def test_environment_names_the_port_and_the_key(make_container):
    with_environment = make_container(env={"API_KEY": "from-the-environment", "SANDBOX_PORT": "0"})
    assert with_environment.request("POST", "/v1/sandbox/run", {"language": "python3", "code": "1"})[0] == 401
    with_environment.key = "from-the-environment"
    assert with_environment.run("python3", "print(2)")["data"]["stdout"] == "2\n"


def test_stops_when_the_engine_asks(make_container):
    assert make_container().stop() == 0


def test_selftest_finds_no_way_out(container_server):
    done = container_server.exec("sandgate", "selftest", "--json", "--config", "/conf/config.yaml",
                                 seconds=300)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    wrong = {attack["name"]: attack["detail"] for attack in report["attacks"]
             if attack["verdict"] in ("got_through", "inconclusive")}
    assert (wrong, report["left_behind"], done.returncode) == ({}, [], 0)
