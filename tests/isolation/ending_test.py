# SPDX-License-Identifier: Apache-2.0
"""Claim: a run ends at its deadline whatever it does, nothing of it is left, and its end is told truly.

Origin: predecessors killed one process and left threads' and children's work running, and reported a crash
as an empty success.
"""

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


@pytest.mark.parametrize("keeper", ["lives", "is killed"])
def test_nothing_of_a_run_is_left_when_its_answer_comes(short, layers, keeper):
    """One child takes the place of the keeper, so that as many processes are in the cgroup as of a run alone."""
    if not contained(layers):
        pytest.skip("children can stay here")
    program = """
filled, fills = os.pipe()
child = os.fork()
if child == 0:
    name_process(name)
    held = b"x" * (128 << 20)  # its end takes a while
    os.write(fills, b"1")
    time.sleep(600)
os.read(filled, 1)
own = os.getpid()
if keeper == "is killed":
    near = range(max(own - 3000, 2), own + 3000)
    killed = [pid for pid in near if pid not in (own, child) and attempt(os.kill, pid, 9) == "done"]
    if killed: attempt(os.waitpid, -1, 0x40000000)  # __WALL
tell(1)
"""
    for _ in range(3):
        name = attack.unique("last")
        data = attack.data_of(short, program, name=name, keeper=keeper)
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
