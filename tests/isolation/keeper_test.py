# SPDX-License-Identifier: Apache-2.0
"""Claim: the process that keeps the memory of a run is under the run's locks, can only sleep, and goes with it.

Origin: it shares its memory, its stack too, with user code. Whoever makes it run must have gained nothing.
"""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import attack
import pytest
import sandgate

SLEEP = "name_process(name)\ntime.sleep(600)"


@pytest.fixture
def run_and_keeper(secret_server):
    """(pid of a run, pids of the other processes of its uid)."""
    name = attack.unique("kept")
    with attack.open_run(secret_server, SLEEP, name=name):
        pid = attack.wait_named(name)[0]
        yield name, pid, keepers_of(pid)


def keepers_of(run: int) -> list:
    uid = sandgate.status_of(run)["Uid"]
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != run:
            try:
                if sandgate.status_of(int(folder.name))["Uid"] == uid:
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def test_a_keeper_is_under_the_locks_of_its_run(run_and_keeper):
    _, run, keepers = run_and_keeper
    assert len(keepers) == 1
    of_run, of_keeper = sandgate.status_of(run), sandgate.status_of(keepers[0])
    for field in ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"):
        assert of_keeper[field] == of_run[field], field
    assert int(of_keeper["CapPrm"], 16) == 0 and of_keeper["NoNewPrivs"] == "1" and of_keeper["Seccomp"] == "2"
    for space in ("mnt", "pid", "net", "ipc", "uts", "user", "cgroup"):
        assert os.readlink(f"/proc/{keepers[0]}/ns/{space}") == os.readlink(f"/proc/{run}/ns/{space}")


def test_a_keeper_has_no_descriptors_and_takes_no_signals(run_and_keeper):
    keeper = run_and_keeper[2][0]
    assert os.listdir(f"/proc/{keeper}/fd") == []
    blocked = int(sandgate.status_of(keeper)["SigBlk"], 16)
    catchable = sum(1 << (n - 1) for n in range(1, 32) if n not in (signal.SIGKILL, signal.SIGSTOP))
    assert blocked & catchable == catchable


@pytest.mark.skipif(attack.only_x86_64, reason="code of x86_64")
def test_a_keeper_that_is_made_to_run_can_make_no_system_call(run_and_keeper):
    """SIGSTOP and SIGCONT send it through user mode, where it begins its system call again: at an address where
    user code, which shares its memory, can put other code."""
    _, run, keepers = run_and_keeper
    fields = Path(f"/proc/{keepers[0]}/syscall").read_text().split()
    ppoll, after_call = int(fields[0]), int(fields[-1], 16)
    assert ppoll == 271, "not asleep"
    with open(f"/proc/{keepers[0]}/mem", "r+b", buffering=0) as memory:
        memory.seek(after_call - 2)
        memory.write(b"\xb8\x27\0\0\0" b"\x0f\x05" b"\xeb\xfe")  # getpid(), then a loop without end
    os.kill(keepers[0], signal.SIGSTOP)
    sandgate.wait_for(lambda: sandgate.read_stat(keepers[0])[1] == "T", what="the keeper to stop")
    os.kill(keepers[0], signal.SIGCONT)
    sandgate.wait_for(lambda: (sandgate.read_stat(keepers[0]) or [0, "Z"])[1] in "ZX", what="the end of the keeper")
    assert sandgate.read_stat(run)[1] == "S", "the run went with it"


def test_a_keeper_ends_with_its_run(secret_server):
    name = attack.unique("kept")
    with attack.open_run(secret_server, SLEEP, name=name):
        run = attack.wait_named(name)[0]
        keepers = keepers_of(run)
    sandgate.wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in [run, *keepers]),
                      what="the end of run and keeper")


def test_a_keeper_ends_with_a_run_that_has_restricted_itself(mode):
    """The run's domain then scopes signals, and the kernel sends the one that ends the keeper in the run's name."""
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


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_run_whose_keeper_is_ended_or_stopped_ends_as_it_would(secret_server, how):
    """A run may signal what has its uid."""
    program = """
own = os.getpid()
near = range(max(own - 3000, 2), own + 3000)
others = [pid for pid in near if pid != own and attempt(os.kill, pid, 0) == "done"]
for pid in others:
    attempt(os.kill, pid, signal_number)
tell([len(others), sum(len(str(n)) for n in range(1000))])
"""
    number = signal.SIGKILL if how == "kill" else signal.SIGSTOP
    assert attack.inside(secret_server, program, signal_number=int(number)) == [1, 2890]


def test_user_code_that_waits_for_its_children_does_not_see_the_keeper(secret_server):
    assert attack.inside(secret_server, "tell([attempt(os.wait), attempt(os.waitpid, -1, os.WNOHANG)])") == ["ECHILD"] * 2


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
