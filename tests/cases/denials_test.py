# SPDX-License-Identifier: Apache-2.0
"""What a refused call is reported as, and that doing what `fix` says makes the program work."""

import json

import pytest
from loopback import HttpServer
from programs import REFUSED, data_of, denial, denied_names, good, stdout_of, table

ENTRY = ["layer", "syscall", "number", "args", "object", "count", "rule", "why", "fix", "fix_in", "line"]

# behaviour: (program, call, number on x86-64, its arguments, the fix)
DENIALS = {
    "execve with its path and arguments":
        ("import os\nos.execve('/usr/bin/env', ['env', '-i', 'ls'], {})",
         "execve", 59, '"/usr/bin/env", ["env", "-i", "ls"], …', "allow_processes: true"),
    "socket with its family and type":
        ("import socket\nsocket.socket()",
         "socket", 41, "AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0", "enable_network: true"),
    "an IPv6 datagram socket":
        ("import socket\nsocket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
         "socket", 41, "AF_INET6, SOCK_DGRAM|SOCK_CLOEXEC, 0", "enable_network: true"),
    "setuid with its number":
        ("import os\nos.setuid(os.getuid())", "setuid", 105, None, "allowed_syscalls: [setuid]"),
    "setuid to another user":
        ("import os\nos.setuid(0)", "setuid", 105, "0", "cannot be allowed: a run has no privileges"),
    "setresgid to another group":
        ("import os\nos.setresgid(-1, 0, -1)", "setresgid", 119, "-1, 0, -1",
         "cannot be allowed: a run has no privileges"),
}


@pytest.mark.parametrize("code,name,number,args,fix", DENIALS.values(), ids=DENIALS)
def test_entry(server, code, name, number, args, fix):
    data = data_of(server, "python3", code)
    entry = denial(data, name)
    assert list(entry) == ENTRY
    assert (entry["number"], entry["count"], entry["fix"]) == (number, 1, fix)
    assert entry["args"] == args or (args is None and entry["args"].isdigit())
    assert entry["rule"].endswith((f": {name}", f": {name} (switched off)"))
    assert entry["why"][0].isupper() and entry["why"].endswith(".")
    assert f"{REFUSED}\nthe code tried to " in data["error"] and fix in data["error"].replace("it cannot", "cannot")


def test_alike_calls_are_counted_together(server):
    code = """
        import socket
        for _ in range(25):
            try: socket.socket()
            except PermissionError: pass
        """
    data = good(server, "python3", code)
    assert [(entry["syscall"], entry["count"]) for entry in data["denied"]] == [("socket", 25)]


def test_a_refusal_that_the_program_handles_is_no_error(server):
    code = "import socket\ntry:\n    socket.socket()\nexcept PermissionError as e:\n    print(e.errno)"
    data = good(server, "python3", code)
    assert (data["stdout"], denied_names(data)) == ("1\n", {"socket"})


def test_what_openblas_tries_is_not_told_where_something_else_fails(server):
    code = ("import ctypes, platform\nlibc = ctypes.CDLL(None, use_errno=True)\n"
            "MBIND = {'x86_64': 237, 'aarch64': 235}[platform.machine()]\n"
            "print(libc.syscall(MBIND, None, 4096, 1, None, 0, 0))\n{}['b']")
    data = data_of(server, "python3", code)
    assert (data["stdout"], data["denied"]) == ("-1\n", [])
    assert data["error"].startswith("process exited with code 255\nTraceback")


def test_a_hazardous_call_has_no_harmless_fix(server):
    # chroot and ptrace are calls that a container's own filter leaves to ours.
    code = "import os\nos.chroot('/tmp')"
    entry = denial(data_of(server, "python3", code), "chroot")
    assert entry["fix"].startswith("cannot be allowed: hazardous")
    assert (entry["rule"], entry["args"]) == ("hazards: chroot", '"/tmp"')


def test_a_call_that_nobody_knows(server):
    data = data_of(server, "python3", "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
                                      "print(libc.syscall(9999), ctypes.get_errno())")
    assert data["stdout"] == "-1 38\n"  # ENOSYS, as a kernel without it would say


def test_too_many_refused_calls_end_the_run(make_server):
    server = make_server({"limits": {"denied_calls": 20}})
    data = data_of(server, "python3", "import socket\nwhile True:\n    try: socket.socket()\n    except OSError: pass")
    assert (data["outcome"], data["exit_code"]) == ("denied_limit", -1)
    assert "limits.denied_calls" in data["error"]


def configuration_of(fix: str) -> dict:
    """A fix is a line of YAML: "key: true" or "key: [name]"."""
    key, _, value = fix.partition(": ")
    return {key: value[1:-1].split(", ") if value.startswith("[") else json.loads(value)}


# behaviour: (program, its output once the fix is applied)
FIXABLE = {
    "setuid": ("import os\nos.setuid(os.getuid())\nprint('set')", "set\n"),
    "setgid": ("import os\nos.setgid(os.getgid())\nprint('set')", "set\n"),
    "io_setup": ("import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nbox = ctypes.c_ulong(0)\n"
                 "if libc.syscall(206, 1, ctypes.byref(box)): raise OSError(ctypes.get_errno(), 'io_setup')\n"
                 "print('made')", "made\n"),
}
FIXABLE_WITH_PROCESSES = {
    "subprocess": ("import subprocess\nprint(subprocess.check_output(['echo', 'hi']))", "b'hi\\n'\n"),
    "execl": ("import os\nos.execl('/bin/echo', 'echo', 'hi')", "hi\n"),
    "fork": ("import os\nif os.fork():\n    os.wait(); print('parent')", "parent\n"),
}


def check_fix(server, make_server, code: str, expected: str):
    data = data_of(server, "python3", code)
    assert data["stdout"] == "" and data["exit_code"] == 255
    fixes = {entry["fix"] for entry in data["denied"]}
    assert len(fixes) == 1
    fixed = make_server(configuration_of(fixes.pop()))
    data = good(fixed, "python3", code)
    assert (data["stdout"], data["denied"]) == (expected, [])


@table(FIXABLE)
def test_the_fix_makes_the_program_work(server, make_server, code, expected):
    check_fix(server, make_server, code, expected)


@pytest.mark.modes("full", "container", "container-no-landlock", "rootless-userns")  # the others: processes_test.py
@table(FIXABLE_WITH_PROCESSES)
def test_the_fix_for_processes_makes_the_program_work(server, make_server, code, expected):
    check_fix(server, make_server, code, expected)


def test_the_fix_for_the_network_makes_the_program_work(make_server):
    with HttpServer() as web:
        code = f"import urllib.request as r\nprint(r.urlopen('{web.url}/hello').read().decode())"
        closed = make_server({"enable_network": False})
        data = data_of(closed, "python3", code)
        entry = denial(data, "socket")
        assert "the request asks for it" in data["error"] and web.requests == []
        opened = make_server(configuration_of(entry["fix"]))
        assert stdout_of(opened, "python3", code, enable_network=True) == "GET /hello\n"


def test_one_name_adds_to_the_policy_and_takes_nothing(make_server):
    server = make_server(env={"ALLOWED_SYSCALLS": "204"})
    assert stdout_of(server, "python3", "import threading, asyncio\nprint(42)") == "42\n"
    assert stdout_of(server, "nodejs", "console.log(42)") == "42\n"


def test_denials_of_a_javascript_program(server):
    data = data_of(server, "nodejs", "require('net').connect(1234, '127.0.0.1')")
    assert data["exit_code"] == 1 and denial(data, "socket")["fix"] == "enable_network: true"
    assert REFUSED in data["error"]
