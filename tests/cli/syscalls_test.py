# SPDX-License-Identifier: Apache-2.0
"""`sandgate syscalls` and GET /v1/sandbox/policy: what each call is, and what the policy says of it. Both tell
the same, and what they tell is what a run meets."""

import json
import subprocess

import pytest
import sandgate


@pytest.fixture
def syscalls(tmp_path):
    """syscalls(ARGUMENT..., config={}): the finished process."""
    def run(*arguments, config=None):
        file = tmp_path / "config.yaml"
        file.write_text(json.dumps({"app": {"key": "k"}, **(config or {})}))
        return subprocess.run([str(sandgate.binary()), "syscalls", *arguments, "--config", str(file)], text=True,
                              env={"PATH": "/usr/bin:/bin"}, timeout=60, capture_output=True)
    return run


def only(done) -> dict:
    (call,) = json.loads(done.stdout)
    return call


def test_one_call_by_name(syscalls):
    done = syscalls("ptrace")
    assert done.returncode == 0, done.stderr
    for part in ("x86_64 101, aarch64 117", "trace another process", "refused",
                 "allow_hazardous_syscalls: true, allowed_syscalls: [ptrace]"):
        assert part in done.stdout


def test_one_call_by_number(syscalls):
    assert only(syscalls("57", "--arch", "x86_64", "--json"))["name"] == "fork"
    assert only(syscalls("57", "--arch", "aarch64", "--json"))["name"] == "close"
    assert only(syscalls("clone3", "--json"))["numbers"] == {"x86_64": 435, "aarch64": 435}
    assert only(syscalls("open", "--json"))["numbers"] == {"x86_64": 2, "aarch64": None}


@pytest.mark.parametrize("call", ["no_such_call", "99999", "-5x"])
def test_what_is_no_call_is_an_error(syscalls, call):
    done = syscalls("--", call) if call.startswith("-") else syscalls(call)
    assert done.returncode != 0 and done.stdout == ""


def test_table_of_all_calls(syscalls):
    lines = syscalls().stdout.splitlines()
    assert len(lines) > 370
    assert any(line.split()[0] == "mount" and "hazardous" in line for line in lines[1:])


def test_filter_by_group(syscalls):
    calls = json.loads(syscalls("--group", "network", "--json").stdout)
    assert {"socket", "connect"} <= {call["name"] for call in calls} and {c["group"] for c in calls} == {"network"}


def test_follows_the_configuration(syscalls):
    assert only(syscalls("execve", "--json"))["policy"] == "refused"
    assert only(syscalls("execve", "--json"))["setting"] == "allow_processes: true"
    assert only(syscalls("execve", "--json", config={"allow_processes": True}))["policy"] == "allowed"
    assert only(syscalls("mlockall", "--json", config={"allowed_syscalls": ["mlockall"]}))["policy"] == "allowed"
    assert only(syscalls("socket", "--json", "--no-network"))["setting"] == "enable_network: true"


def test_chinese(syscalls):
    assert "跟踪另一个进程" in syscalls("ptrace", config={"language": "zh"}).stdout


def policy(server, **headers) -> dict:
    status, _, body = server.request("GET", "/v1/sandbox/policy", headers=headers)
    reply = json.loads(body)
    assert status == 200 and reply["code"] == 0, reply
    return reply["data"]


def by_name(calls: list) -> dict:
    return {call["name"]: call for call in calls}


def test_route_tells_both_policies(server):
    data = policy(server)
    with_network, without = by_name(data["with_network"]), by_name(data["without_network"])
    assert data["architecture"] in ("x86_64", "aarch64") and len(without) > 370
    assert without["socket"]["setting"] == "enable_network: true"
    assert any("AF_INET" in rule["when"] for rule in with_network["socket"]["rules"] if rule["verdict"] == "allow")


def test_route_needs_the_key(server):
    assert server.request("GET", "/v1/sandbox/policy", headers={"X-Api-Key": "wrong"})[0] == 401
    assert server.request("GET", "/v1/sandbox/policy", headers={"X-Api-Key": None})[0] == 401


def test_route_speaks_chinese(server):
    data = policy(server, **{"Accept-Language": "zh-CN"})
    assert "跟踪另一个进程" in by_name(data["without_network"])["ptrace"]["does"]


def test_route_without_the_network(make_server):
    data = policy(make_server({"enable_network": False}))
    assert data["with_network"] is None and data["without_network"]


REFUSED = "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.syscall({}, -1, -1, -1, -1, -1, -1), ctypes.get_errno())"


@pytest.mark.parametrize("name,errno", [("ptrace", 1), ("mlockall", 1), ("clone3", 38)])
def test_a_run_meets_what_is_told(server, name, errno):
    call = by_name(policy(server)["without_network"])[name]
    assert call["policy"] == {1: "refused", 38: "unavailable"}[errno]
    number = call["numbers"][policy(server)["architecture"]]
    assert server.run("python3", REFUSED.format(number))["data"]["stdout"] == f"-1 {errno}\n"
