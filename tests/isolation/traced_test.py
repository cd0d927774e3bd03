# SPDX-License-Identifier: Apache-2.0
"""Claim: a traced program is jailed like any other. What is carried out for it is what an operator could
allow, decided from numbers; hazardous calls stay refused, and its processes end with it.

Origin: supervisors that let calls go on after looking at memory, which the program then changed.
"""

import json
import os
from pathlib import Path

import attack
import pytest
import sandgate

ADMIN_KEY = "admin-key-of-the-attack"
DAEMON = """
def daemon():
    if os.fork(): return
    os.setsid()
    if os.fork(): os._exit(0)
    for fd in range(3): os.close(fd)
    name_process(name)
    time.sleep(600)
    os._exit(0)
daemon()
time.sleep(0.3)
"""


@pytest.fixture(scope="session")
def operator_server(mode):
    """Even allow_hazardous_syscalls gives a trace nothing hazardous; three seconds for a run."""
    config = {"app": {"admin_key": ADMIN_KEY}, "worker_timeout": 3, "allow_hazardous_syscalls": True,
              "limits": {"processes": 32}}
    with sandgate.Server(mode=mode, config=config) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


def traced(server, program: str, **names) -> dict:
    body = {"language": "python3", "code": attack.text_of(program, **names), "preload": "", "enable_network": False}
    _, _, data = server.request("POST", "/v1/sandbox/trace", body, {"X-Api-Key": ADMIN_KEY})
    reply = json.loads(data)
    assert reply["code"] == 0, reply
    return reply["data"]


def told(server, program: str, **names):
    data = traced(server, program, **names)
    return attack.value_of(data["stdout"], data)


def allowed(data: dict) -> set:
    return {call for entry in data["profile"] for call in entry["allow"]}


@pytest.mark.skipif(attack.only_x86_64, reason="numbers of x86_64")
def test_hazardous_calls_stay_refused(operator_server):
    calls = {"ptrace": (101, 0, 0, 0, 0), "unshare": (272, 0x10000000), "mount": (165, 0, 0, 0, 0, 0), "bpf": (321, 0, 0, 0),
             "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "pidfd_getfd": (438, 0, 0, 0), "seccomp": (317, 1, 0, 0),
             "userfaultfd": (323, 0), "keyctl": (250, 0, 0), "setns": (308, 0, 0), "chroot": (161, 0),
             "prctl": (157, 1, 0, 0, 0), "shmget": (29, 0, 4096, 0o1600), "clone": (56, 0x10000000 | 17, 0, 0, 0, 0)}
    program = "tell({name: call(*arguments) for name, arguments in calls.items()})"
    data = traced(operator_server, program, calls=calls)
    assert set(attack.value_of(data["stdout"], data).values()) <= attack.REFUSED
    assert allowed(data) == set()
    # What a container's own filter refuses never comes to ours.
    assert {"ptrace", "prctl", "shmget"} <= {denial["syscall"] for denial in data["denied"]} <= set(calls)


@pytest.mark.skipif(attack.only_x86_64, reason="code of x86_64")
def test_calls_of_another_architecture_stay_refused(operator_server):
    # 105 is setuid on x86_64, which a trace carries out; as a 32-bit call it is another.
    program = """
import mmap
code = bytes([0x53, 0xb8]) + (105).to_bytes(4, "little") + bytes([0x31, 0xdb, 0xcd, 0x80, 0x5b, 0xc3])
area = mmap.mmap(-1, 4096, prot=7)
area.write(code)
function = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(area)))
tell(ctypes.c_int(function()).value)
"""
    data = traced(operator_server, program)
    # A container's own filter may end the program instead.
    assert data["outcome"] == "signal" or attack.value_of(data["stdout"], data) == -1, data
    assert allowed(data) == set()


def test_a_trace_gives_no_network(operator_server):
    program = """
import socket
tell([attempt(socket.socket, family, kind) for family in (2, 10) for kind in (1, 2, 3)])
"""
    assert set(told(operator_server, program)) == {"EPERM"}


def test_files_of_others_stay_out_of_reach(operator_server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o644)
    found = told(operator_server, "os.setuid(os.getuid())\ntell([attempt(read, path) for path in paths])",
                 paths=[str(secret), str(operator_server.config_file), "/etc/shadow"])
    assert set(found) <= attack.ABSENT


def test_a_program_that_is_started_is_jailed_too(operator_server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    child = attack.text_of("""
import socket
tell([attempt(os.setuid, 0), attempt(read, path), attempt(socket.socket), attempt(call, 101, 0, 0, 0, 0)])
""", path=str(secret))
    program = """
import subprocess
tell(json.loads(subprocess.run([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True).stdout))
"""
    root, file, network, tracing = told(operator_server, program, child=child)
    assert (root, network) == ("EPERM", "EPERM")
    assert file in attack.ABSENT and tracing in attack.REFUSED


def test_a_daemon_does_not_outlive_its_trace(operator_server):
    name = attack.unique("traced")
    data = traced(operator_server, DAEMON + "tell(1)", name=name)
    assert (data["outcome"], data["stdout"]) == ("ok", "1\n"), data
    attack.wait_gone(name)


def test_the_deadline_ends_daemons_of_a_trace(operator_server):
    name = attack.unique("tdeadline")
    data = traced(operator_server, DAEMON + "time.sleep(600)", name=name)
    assert data["outcome"] == "timeout", data
    attack.wait_gone(name)


def test_a_fork_bomb_ends_at_the_limit(operator_server):
    name = attack.unique("bomb")
    program = "name_process(name)\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    data = traced(operator_server, program, name=name)
    assert data["outcome"] == "timeout", data
    attack.wait_gone(name)
    assert told(operator_server, "tell(1)") == 1


def test_an_attack_on_the_decision_by_threads_changes_nothing(operator_server):
    """A thread changes the memory of a call all the time; only numbers decide, so nothing hazardous passes."""
    program = """
import sys, threading
sys.setswitchinterval(1e-5)  # else each call waits 5 ms for the other thread
buffer = ctypes.create_string_buffer(b"/bin/true", 64)
stop = False
def flip():
    while not stop:
        buffer.value = b"/etc/shadow"
        buffer.value = b"/bin/true"
thread = threading.Thread(target=flip); thread.start()
results = {attempt(os.setuid, os.getuid()) for _ in range(300)} | {call(161, buffer) for _ in range(300)}
stop = True
thread.join()
tell(sorted(results))
"""
    data = traced(operator_server, program)
    assert attack.value_of(data["stdout"], data) == ["EPERM", "done"], data
    assert "chroot" not in allowed(data)


@pytest.mark.modes("rootless")
def test_where_processes_cannot_be_ended_none_are_started(operator_server, layers):
    if layers & {"pid_ns", "unique_uid"}:
        pytest.skip("they can be ended here")
    assert told(operator_server, "tell(attempt(os.fork))") == "EPERM"


@pytest.mark.skipif(attack.only_x86_64, reason="numbers of x86_64")
def test_a_trace_does_not_change_the_scheduling_of_the_server(operator_server):
    pid = operator_server.pid

    def state():
        return os.sched_getscheduler(pid), os.sched_getaffinity(pid), Path(f"/proc/{pid}/autogroup").read_text()
    program = """
tell([call(144, pid, 5, bytes(8)), call(203, pid, 8, b"\\1" + bytes(7)), call(142, pid, bytes(8)),
      call(251, 1, pid, 3 << 13 | 7)])
"""
    before = state()
    assert set(told(operator_server, program, pid=pid)) <= attack.ABSENT
    assert state() == before
