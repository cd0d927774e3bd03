# SPDX-License-Identifier: Apache-2.0
"""A list of nearly all system calls, as users published it, as the server's configuration file: everything
works as without it, and what is hazardous stays refused."""

import json
import re

import dify
import pytest
import sandgate
from programs import REFUSED, data_of, denied_names, good, skip_without

LIST = sandgate.REPOSITORY / "tests/data/allow-all.yaml"

# Those of the list that would open the jail, with arguments that the kernel itself would refuse.
HAZARDOUS = """ptrace process_vm_readv process_vm_writev kcmp
    init_module finit_module delete_module kexec_load kexec_file_load reboot bpf perf_event_open userfaultfd
    mount umount2 pivot_root chroot unshare setns open_by_handle_at name_to_handle_at fanotify_init fanotify_mark
    swapon swapoff quotactl acct settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname
    add_key request_key keyctl iopl ioperm modify_ldt syslog seccomp vhangup
    shmget semget msgget mq_open""".split()


def listed_calls() -> dict:
    """{name: number} of the list."""
    return {name: int(number) for number, name in re.findall(r"^  - (\d+) # (\w+)", LIST.read_text(), re.MULTILINE)}


@pytest.fixture(scope="module")
def lenient_server(mode):
    """A server whose configuration file is the published list, and where to listen."""
    server = sandgate.Server(mode=mode)
    own = {name: server.config[name] for name in ("app", "log_path", "state_dir", "dependencies", "isolation")}
    text = LIST.read_text() + "".join(f"{name}: {json.dumps(value)}\n" for name, value in own.items())
    (server.folder / "allow-all.yaml").write_text(text)
    # The server's own file is written at its start; this puts the other one into its place.
    server.launcher += ["/bin/sh", "-c", 'mv allow-all.yaml config.yaml && exec "$@"', "sh"]
    with server:
        yield server


def test_the_list_is_what_it_claims():
    calls = listed_calls()
    assert len(calls) > 300 and set(HAZARDOUS) <= set(calls)


def test_python_node(lenient_server):
    script = dify.python_script("def main(a: str) -> dict:\n    return {'result': a * 2}", {"a": "测"})
    assert json.loads(dify.marked(dify.execute(lenient_server, "python3", script))) == {"result": "测测"}


def test_javascript_node(lenient_server):
    script = dify.node_script("function main({a}) { obj = {result: a + a}; return obj }", {"a": "测"})
    assert json.loads(dify.marked(dify.execute(lenient_server, "nodejs", script))) == {"result": "测测"}


def test_template_node(lenient_server):
    skip_without(lenient_server, "jinja2")
    script = dify.jinja_script("Hello {{ name }}", {"name": "测"})
    assert dify.marked(dify.execute(lenient_server, "python3", script, preload=dify.JINJA_PRELOAD)) == "Hello 测"


def test_threads(lenient_server):
    code = """
        import asyncio, threading
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            print(sum(pool.map(len, ['a'] * 20)))
        async def main():
            return await asyncio.to_thread(threading.active_count) > 1
        print(asyncio.run(main()))
        """
    assert good(lenient_server, "python3", code)["stdout"] == "20\nTrue\n"
    code = "const {Worker} = require('worker_threads')\n" \
           "new Worker('', {eval: true}).on('exit', status => console.log(status))"
    assert good(lenient_server, "nodejs", code)["stdout"] == "0\n"


def test_the_log_warns_of_what_stays_refused(lenient_server):
    warnings = [line["msg"] for line in lenient_server.log_lines() if line.get("level", "").startswith("warn")]
    named = [line for line in warnings if "allowed_syscalls" in line and "ptrace" in line]
    assert len(named) == 1 and "stay refused" in named[0], warnings
    assert not [name for name in HAZARDOUS if not re.search(rf"\b{name}\b", named[0])]


# Where a container's own filter refuses a call, ours is not asked: the call fails and is not in `denied`.
REPORTING_ALL = ("full", "rootless-userns")


def check_refused(data: dict, name: str, mode: str):
    if mode in REPORTING_ALL or data["denied"]:
        assert denied_names(data) == {name} and REFUSED in data["error"]
        assert data["denied"][0]["rule"] in (f"hazards: {name}", f"base: {name}")


@pytest.mark.parametrize("name", HAZARDOUS)
def test_stays_refused(lenient_server, mode, name):
    code = f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.syscall({listed_calls()[name]}, -1, -1, -1, -1, -1, -1), ctypes.get_errno())
        raise SystemExit(1)
        """
    data = data_of(lenient_server, "python3", code)
    assert data["stdout"] == "-1 1\n"
    check_refused(data, name, mode)


@pytest.mark.parametrize("call,name", [
    ("133, b'device', 0o020666, 0x103", "mknod"),
    ("135, 0x0400000", "personality"),
    ("56, 0x10000011, 0, 0, 0, 0", "clone"),
    ("41, 17, 3, 768", "socket"),
    ("157, 4, 0", "prctl"),
], ids=["a device file", "memory protection off", "a user namespace", "a packet socket", "PR_SET_DUMPABLE"])
def test_hazardous_arguments_stay_refused(lenient_server, mode, call, name):
    code = f"import ctypes\nprint(ctypes.CDLL(None).syscall({call}))\nraise SystemExit(1)"
    data = data_of(lenient_server, "python3", code)
    assert data["stdout"] == "-1\n"
    check_refused(data, name, mode)
