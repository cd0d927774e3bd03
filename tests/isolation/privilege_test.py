# SPDX-License-Identifier: Apache-2.0
"""Claim: a run has no privilege, and nothing it can start or ask for gives it one.

Origin: capabilities(7), no_new_privs and set-user-id programs; predecessors ran code as a user shared by
all runs, with the capabilities of the container in reach.
"""

import attack
import pytest
import sandgate

CAPABILITIES = """
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
data = (ctypes.c_uint32 * 6)()
assert libc.capget(ctypes.byref(Header(0x20080522, 0)), data) == 0
tell(list(data))
"""


def test_all_capability_sets_are_empty(secret_server):
    assert any(attack.outside(CAPABILITIES))
    assert attack.inside(secret_server, CAPABILITIES) == [0] * 6


def test_the_kernel_lists_no_capability_of_a_run(victim):
    status = sandgate.status_of(victim.pid)
    assert {status[key] for key in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}


def test_new_privileges_are_forbidden_and_the_filter_is_in_force(victim):
    status = sandgate.status_of(victim.pid)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_a_run_is_not_root_and_in_no_group(secret_server, needs):
    needs("unique_uid")
    uid, gid, groups = attack.inside(secret_server, "tell([os.getresuid(), os.getresgid(), os.getgroups()])")
    assert len(set(uid)) == 1 and len(set(gid)) == 1 and uid[0] >= 1000 and groups == []


def test_concurrent_runs_have_different_users(secret_server, victim, needs):
    needs("unique_uid")
    others = [attack.Background(secret_server, "time.sleep(0.5); tell(os.getuid())") for _ in range(3)]
    uids = [attack.value_of(other.data()["stdout"], other) for other in others]
    uids.append(int(sandgate.status_of(victim.pid)["Uid"].split()[0]))
    assert len(set(uids)) == 4


@pytest.mark.parametrize("name,arguments", [
    ("setuid", "0"), ("setgid", "0"), ("setresuid", "0, 0, 0"), ("setgroups", "[0]"), ("setreuid", "0, 0")])
def test_the_user_cannot_be_changed(secret_server, name, arguments):
    program = f"tell(attempt(os.{name}, {arguments}))"
    assert attack.outside(program) == "done"
    assert attack.inside(secret_server, program) == "EPERM"


def test_programs_cannot_be_started(secret_server):
    program = "import subprocess; tell(attempt(lambda: subprocess.run(['/usr/bin/env'], stdout=subprocess.DEVNULL).returncode))"
    assert attack.outside(program) == 0
    assert attack.inside(secret_server, program) == "EPERM"
    program = "tell(attempt(os.execv, '/usr/bin/env', ['env']))"
    assert attack.inside(secret_server, program) == "EPERM"


def test_fork_is_refused(secret_server):
    program = "pid = attempt(os.fork)\nif pid == 0: os._exit(0)\ntell(pid if isinstance(pid, str) else 'done')"
    assert attack.outside(program) == "done"
    assert attack.inside(secret_server, program) == "EPERM"


def test_set_user_id_programs_give_no_other_user(make_server):
    server = make_server(config={"allow_processes": True})
    program = """
import subprocess
done = subprocess.run(["/usr/bin/su", "-c", "id -u", "root"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, text=True)
status = subprocess.run([sys.executable, "-c", "import os; print(os.geteuid())"], stdout=subprocess.PIPE, text=True)
tell([done.returncode, done.stdout.strip(), status.stdout.strip() == str(os.getuid())])
"""
    code, text, same = attack.inside(server, program)
    assert code != 0 and text != "0" and same


def test_a_started_program_is_under_every_lock(make_server):
    server = make_server(config={"allow_processes": True})
    child = attack.text_of("tell([attempt(read, path), attempt(os.setuid, 0), call(165, 0, 0, 0, 0, 0)])",
                           path=str(server.config_file))
    program = "import subprocess; print(subprocess.run([sys.executable, '-c', child], stdout=subprocess.PIPE, text=True).stdout, end='')"
    values = attack.inside(server, program, child=child)
    assert set(values) <= attack.ABSENT
