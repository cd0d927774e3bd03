# SPDX-License-Identifier: Apache-2.0
"""Claim: a run that says that it ends is over. What it goes on with is ended, and nobody else can say it.

Origin: a forked run says so by exit_group(2) with a mark (src/policy/end_mark.h), which user code can write too; it is
ended after its answer.
"""

import os
import statistics

import attack
import pytest
import sandgate

SAY_END = """
import platform, threading
NUMBER = {"x86_64": 231, "aarch64": 94}[platform.machine()]
def say_end(status):
    libc.syscall(*(ctypes.c_long(value) for value in (NUMBER, status, 0x73616e6467617465)))
"""


@pytest.fixture(scope="session")
def narrow(mode):
    """One worker: each run waits for the end of the one before."""
    with sandgate.Server(mode=mode, config={"max_workers": 1, "worker_timeout": 20}) as running:
        yield running


@pytest.mark.parametrize("who", ["the first thread", "another thread"])
def test_what_a_run_goes_on_with_is_ended(narrow, who):
    program = SAY_END + """
def go_on(other):
    name_process(name)
    threading.Thread(target=other).start() if other else None
    while True: print("further", flush=True)
if who == "the first thread":
    threading.Thread(target=go_on, args=(None,)).start()
    say_end(259)
else:
    go_on(lambda: say_end(259))
"""
    for _ in range(5):
        name = attack.unique("on")
        data = attack.data_of(narrow, program, name=name, who=who)
        assert (data["outcome"], data["exit_code"]) == ("failed", 3), data
        assert set(data["stdout"].splitlines()) <= {"further", ""}
        attack.wait_gone(name)


CHILD_SAYS_END = SAY_END + """
child = os.fork()
if child == 0: say_end(7)
tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_of_a_run_says_only_its_own_end(mode):
    with sandgate.Server(mode=mode, config={"allow_processes": True}) as server:
        assert [attack.inside(server, CHILD_SAYS_END) for _ in range(3)] == [7] * 3


@pytest.mark.parametrize("end", ["pass", "sys.exit(0)", "os._exit(0)", "say_end(0)"])
def test_signals_do_not_disturb_an_end(narrow, end):
    """A system call that a signal breaks off returns to code that expects no return, here while a thread lives."""
    program = SAY_END + """
import signal
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
"""
    ends = [attack.data_of(narrow, program + end) for _ in range(20)]
    assert {(data["outcome"], data["error"]) for data in ends} == {("ok", "")}


def test_what_a_run_has_used_is_told(narrow):
    program = "held = b'x' * (64 << 20)\nwhile time.process_time() < 0.3: pass\ntell(1)"
    usage = attack.data_of(narrow, program)["usage"]
    assert usage["cpu_ms"] > 290 and usage["max_rss_bytes"] > 64 << 20
    assert attack.data_of(narrow, "tell(1)")["usage"]["max_rss_bytes"] < 64 << 20


@pytest.mark.skipif(os.environ.get("SANDGATE_TEST_SPAWNER") == "exec", reason="cold starts do not tell their end")
def test_a_told_end_is_taken(narrow):
    """It is not waited for: what it costs to take the memory of the run down is not in the answer."""
    def after_the_last_line(end: str) -> float:
        program = """
import mmap
libc.mmap.restype = ctypes.c_void_p
held = libc.mmap(None, ctypes.c_size_t(200 << 20), 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
libc.madvise(ctypes.c_void_p(held), ctypes.c_size_t(200 << 20), 15)  # MADV_NOHUGEPAGE
ctypes.memset(held, 1, 200 << 20)
print(time.process_time(), flush=True)
"""
        data = attack.data_of(narrow, program + end)
        return data["usage"]["cpu_ms"] - float(data["stdout"]) * 1000

    told, untold = (statistics.median(after_the_last_line(end) for _ in range(5)) for end in ("pass", "os._exit(0)"))
    assert told < untold / 2
