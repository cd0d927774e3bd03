# SPDX-License-Identifier: Apache-2.0
"""Claim: a run ends at its deadline whatever it does, nothing of it is left, and its end is told truly.

Origin: predecessors killed one process and left threads' and children's work running, and reported a crash
as an empty success.
"""

import subprocess
import tempfile
from pathlib import Path

import attack
import pytest
import sandgate

DAEMON = """
import signal
def daemon():
    if os.fork(): return
    os.setsid()
    if os.fork(): os._exit(0)
    for fd in range(3): os.close(fd)
    for number in range(1, 65):
        attempt(signal.signal, number, signal.SIG_IGN)
    name_process(name)
    time.sleep(600)
    os._exit(0)
daemon()
time.sleep(0.3)
"""


@pytest.fixture(scope="session")
def short(mode):
    """Two seconds for a run, processes allowed."""
    with sandgate.Server(mode=mode, config={"allow_processes": True, "worker_timeout": 2}) as running:
        yield running


def contained(layers) -> bool:
    """Whether processes cannot outlive their run in this mode."""
    return bool(layers & {"pid_ns", "unique_uid"})


def timed_out(server, program: str, name: str) -> dict:
    data = attack.data_of(server, program, name=name)
    assert data["outcome"] == "timeout" and "worker_timeout" in data["error"]
    attack.wait_gone(name)
    return data


def test_the_deadline_ends_threads(short):
    program = """
import threading
name_process(name)
def spin():
    while True: pass
for _ in range(5): threading.Thread(target=spin).start()
"""
    timed_out(short, program, attack.unique("threads"))


def test_the_deadline_ends_a_run_that_ignores_signals(short):
    program = """
import signal
name_process(name)
for number in range(1, 65): attempt(signal.signal, number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True: time.sleep(1)
"""
    timed_out(short, program, attack.unique("deaf"))


def test_the_deadline_ends_children(short, layers):
    if not contained(layers):
        pytest.skip("children can stay here")
    program = "name_process(name)\nfor _ in range(3): os.fork()\ntime.sleep(600)"
    timed_out(short, program, attack.unique("children"))


def test_the_deadline_ends_daemons(short, layers):
    if not contained(layers):
        pytest.skip("children can stay here")
    timed_out(short, DAEMON + "time.sleep(600)", attack.unique("daemon"))


def test_a_daemon_does_not_outlive_a_good_run(short, layers):
    if not contained(layers):
        pytest.skip("children can stay here")
    name = attack.unique("stay")
    data = attack.data_of(short, DAEMON + "tell(1)", name=name)
    assert (data["outcome"], data["stdout"]) == ("ok", "1\n")
    attack.wait_gone(name)


def test_a_child_that_holds_stdout_does_not_delay_the_reply(short, layers):
    if not contained(layers):
        pytest.skip("children can stay here")
    name = attack.unique("holder")
    data = attack.data_of(short, "if os.fork() == 0:\n    name_process(name); time.sleep(600)\nprint('parent')", name=name)
    assert (data["outcome"], data["stdout"]) == ("ok", "parent\n")
    attack.wait_gone(name)


def test_nothing_of_a_run_is_left_when_its_answer_comes(short, layers):
    if not contained(layers):
        pytest.skip("children can stay here")
    program = """
filled, fills = os.pipe()
if os.fork() == 0:
    name_process(name)
    held = b"x" * (128 << 20)  # its end takes a while
    os.write(fills, b"1")
    time.sleep(600)
os.read(filled, 1)
tell(1)
"""
    for _ in range(3):
        name = attack.unique("last")
        data = attack.data_of(short, program, name=name)
        assert not attack.processes_named(name)
        assert (data["outcome"], data["stdout"]) == ("ok", "1\n"), data


def test_a_run_ends_when_its_client_leaves(short):
    name = attack.unique("left")
    with attack.open_run(short, "name_process(name); time.sleep(600)", name=name):
        attack.wait_named(name)
    attack.wait_gone(name)


@pytest.mark.parametrize("code,name", [
    ("os.abort()", "SIGABRT"), ("ctypes.string_at(0)", "SIGSEGV"), ("os.kill(os.getpid(), 9)", "SIGKILL"),
    ("os.kill(os.getpid(), 15)", "SIGTERM")])
def test_the_signal_that_ended_a_run_is_named(server, layers, code, name):
    if "kill" in code and not layers & {"landlock_scope", "pid_ns"}:
        pytest.skip("all signals are refused here")
    data = attack.data_of(server, code)
    assert (data["outcome"], data["exit_code"]) == ("signal", -1) and name in data["error"], data


def test_endless_recursion_is_told(server):
    data = attack.data_of(server, "def f(): f()\nf()")
    assert data["outcome"] == "failed" and "RecursionError" in data["error"]


def test_endless_recursion_of_machine_code_is_a_named_signal(server):
    data = attack.data_of(server, "sys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(self): return repr([self])\nrepr(A())")
    assert data["outcome"] in ("signal", "failed", "out_of_memory") and data["error"]


@pytest.mark.parametrize("code", ["os._exit(7)", "sys.stdout.close(); sys.stderr.close(); os._exit(7)",
                                  "for fd in range(100): attempt(os.close, fd)\nos._exit(7)",
                                  "os.closerange(0, 100); sys.stdout = None; os._exit(7)"])
def test_a_run_that_closes_its_descriptors_is_reported(server, code):
    data = attack.data_of(server, code)
    assert (data["outcome"], data["exit_code"]) == ("failed", 7), data


def test_a_run_that_closes_its_output_and_goes_on_meets_the_deadline(short):
    timed_out(short, "name_process(name); os.closerange(0, 100); time.sleep(600)", attack.unique("closed"))


def test_output_before_the_end_is_not_lost(server):
    data = attack.data_of(server, "print('before'); sys.stdout.flush(); os.abort()")
    assert data["stdout"] == "before\n"


def test_a_run_that_breaks_its_interpreter_hurts_no_other(server):
    for code in ("import builtins; builtins.__dict__.clear()", "sys.modules.clear(); import os", "sys.excepthook = None; 1/0",
                 "del sys.stdout", "import gc; [attempt(o.clear) for o in gc.get_objects() if isinstance(o, dict)]"):
        attack.data_of(server, code)
        assert attack.data_of(server, "tell(1)")["stdout"] == "1\n"


def test_user_code_that_waits_for_its_children_sees_none(short):
    assert attack.inside(short, "tell([attempt(os.wait), attempt(os.waitpid, -1, os.WNOHANG)])") == ["ECHILD"] * 2


def test_a_run_that_has_restricted_itself_ends(mode):
    """Signals of processes in its Landlock domain do not leave that."""
    program = """
ruleset = libc.syscall(444, (0).to_bytes(16, "little") + (2).to_bytes(8, "little"), 24, 0)  # LANDLOCK_SCOPE_SIGNAL
tell(call(446, ruleset, 0))
"""
    allowed = ["landlock_create_ruleset", "landlock_restrict_self"]
    with sandgate.Server(mode=mode, config={"allowed_syscalls": allowed, "max_workers": 1, "worker_timeout": 20}) as server:
        told = [attack.inside(server, program) for _ in range(3)]  # one worker: each waits for the end of the last
        assert set(told) <= {"done", "EOPNOTSUPP", "ENOSYS"}
        assert server.stop() == 0
    assert not server.leftovers


@pytest.mark.parametrize("mode", [mode for mode in sandgate.MODES if mode != "rootless-no-landlock"])
def test_a_command_that_makes_one_run_ends_in_every_mode(mode):
    """Whatever order processes and namespaces end in."""
    with tempfile.TemporaryDirectory(prefix="sandgate-test-") as name:
        Path(name).chmod(0o777)
        program = Path(name, "program.py")
        program.write_text("print(6 * 7)")
        done = subprocess.run([*sandgate.launcher_for(mode), str(sandgate.binary()), "run", str(program)], cwd=name,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.stdout == "42\n" and done.returncode == 0, done


@pytest.mark.parametrize("mode", ["full", "container", "rootless", "rootless-userns"])
def test_a_server_that_is_stopped_while_it_warms_up_ends(mode):
    server = sandgate.Server(mode=mode, env={"SANDGATE_WARM_UP": "at_start"})
    with server:
        assert server.stop() == 0
    assert not server.leftovers
