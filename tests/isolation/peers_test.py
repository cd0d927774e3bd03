# SPDX-License-Identifier: Apache-2.0
"""Claim: a run cannot see into, signal, slow down or talk to another run, the server, or a process outside.

Origin: in predecessors all runs shared one user, so one run could signal and read another. The victim is a
run that goes on during the attack and must be there afterwards; outside, a process of the test is attacked.
"""

import os
import socket

import attack
import pytest
import sandgate

SIGNALS = """
import signal
def pidfd_kill(pid):
    fd = os.pidfd_open(pid)
    signal.pidfd_send_signal(fd, number)
tell([attempt(os.kill, pid, number), attempt(pidfd_kill, pid), call(234, pid, pid, number), call(200, pid, number),
      call(129, pid, number, bytes(128))])
"""
LIMITS = "import resource; tell(attempt(lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, 64)) and None))"
AFFINITY = "tell(attempt(os.sched_setaffinity, pid, [0]))"
VICTIMS_MEMORY = """
base = f"/proc/{pid}"
tell([attempt(open, base + "/mem", "rb"), attempt(read, base + "/maps"), attempt(read, base + "/environ"),
      attempt(os.listdir, base + "/fd"), attempt(os.readlink, base + "/cwd"), attempt(os.listdir, base + "/root/")])
"""

on_x86_64 = pytest.mark.skipif(attack.only_x86_64, reason="numbers of x86_64")
# Fills sockets with descriptors that nobody receives, until the kernel's bound for all processes of a uid.
FILL_SOCKETS = """
import array, resource, socket
if outside_uid:
    os.setuid(outside_uid)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
def send(sender, count):
    sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * count))])
pairs = []
def fill():
    while True:
        pairs.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        for _ in range(8):
            send(pairs[-1][0], 250)
filled = attempt(fill)
"""


@on_x86_64
def test_a_signal_does_not_reach_another_run(secret_server, victim, target):
    assert attack.outside(SIGNALS, pid=target, number=18)[:2] == ["done"] * 2
    assert set(attack.inside(secret_server, SIGNALS, pid=victim.pid, number=9)) <= attack.ABSENT


@on_x86_64
def test_a_signal_does_not_reach_server_spawner_or_outside(secret_server, target):
    pids = [secret_server.pid, target, 1, *secret_server.children()]
    for pid in [pid for pid in pids if pid > 5]:
        assert set(attack.inside(secret_server, SIGNALS, pid=pid, number=9)) <= attack.ABSENT
    assert secret_server.healthy()
    os.kill(target, 0)


def test_a_signal_to_all_processes_hits_no_other(secret_server, victim):
    spawners = secret_server.spawners()
    for pid in (-1, 0):
        attack.data_of(secret_server, "os.kill(pid, 9)", pid=pid)
    assert secret_server.healthy() and set(secret_server.spawners()) >= set(spawners)


def test_a_signal_to_every_number_hits_no_other(secret_server, victim):
    program = """
mine = os.getpid()
tell([pid for pid in range(1, 40000) if pid != mine and attempt(os.kill, pid, 0) == "done"][:20])
"""
    reached = attack.inside(secret_server, program)
    assert set(reached) <= {1}, reached  # the init of the run's own namespace, which ignores it


def test_memory_and_files_of_another_run_are_not_readable(secret_server, victim, target):
    assert not any(value in attack.ABSENT for value in map(str, attack.outside(
        VICTIMS_MEMORY.replace("attempt(open, base + \"/mem\", \"rb\")", "0"), pid=target)))
    assert set(attack.inside(secret_server, VICTIMS_MEMORY, pid=victim.pid)) <= attack.ABSENT


@on_x86_64
def test_another_run_is_not_traced(secret_server, victim, target):
    program = "tell([call(101, 0x4206, pid, 0, 0), call(101, 16, pid, 0, 0)])"
    assert attack.outside(program, pid=target)[0] == "done"
    assert set(attack.inside(secret_server, program, pid=victim.pid)) == {"EPERM"}
    assert sandgate.status_of(victim.pid)["TracerPid"] == "0"


@on_x86_64
def test_descriptors_of_another_run_are_not_taken(secret_server, victim, target):
    program = "fd = attempt(os.pidfd_open, pid)\ntell(call(438, fd, 1, 0) if isinstance(fd, int) else fd)"
    assert attack.outside(program, pid=target) == "done"
    assert attack.inside(secret_server, program, pid=victim.pid) in attack.ABSENT


def test_limits_of_another_run_are_not_changed(secret_server, victim, target):
    assert attack.outside(LIMITS, pid=target) == "done"
    assert attack.inside(secret_server, LIMITS, pid=victim.pid) in attack.ABSENT | {"PermissionError"}


def test_another_run_is_not_bound_to_a_processor(secret_server, victim, target):
    before = os.sched_getaffinity(victim.pid)
    assert attack.outside(AFFINITY, pid=target) == "done"
    assert attack.inside(secret_server, AFFINITY, pid=victim.pid) in attack.ABSENT
    assert os.sched_getaffinity(victim.pid) == before


def test_priority_of_another_run_is_not_changed(secret_server, victim, target):
    program = "tell([attempt(os.setpriority, os.PRIO_PROCESS, pid, 19), attempt(os.setpriority, os.PRIO_USER, 0, 19)])"
    assert attack.outside(program.replace("os.PRIO_USER, 0", "os.PRIO_PROCESS, pid"), pid=target) == ["done"] * 2
    assert set(attack.inside(secret_server, program, pid=victim.pid)) <= attack.ABSENT


def test_files_of_another_run_are_not_reached(secret_server, victim):
    program = """
tell([attempt(read, path), attempt(open, path, "w"), attempt(os.unlink, path), attempt(os.listdir, folder)])
"""
    names = {"path": victim.file, "folder": os.path.dirname(victim.file)}
    values = attack.inside(secret_server, program.replace('open, path, "w"', 'open, path, "r+"'), **names)
    if names["folder"] == "/tmp":
        values[3] = "ENOENT" if values[3] == [] else values[3]  # the attacker's own, empty
    assert all(value in attack.ABSENT for value in values), values


def test_an_abstract_socket_of_another_run_is_not_reached(secret_server, victim, layers):
    if not layers & {"net_ns", "landlock_scope"}:
        pytest.skip("nothing keeps abstract sockets apart here")
    program = """
import socket
tell(attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0" + name)))
"""
    if "net_ns" not in layers:
        assert attack.outside(program, name=victim.name) == "done"
    assert attack.inside(secret_server, program, name=victim.name) in attack.ABSENT


@pytest.mark.parametrize("network", [False, True])
def test_an_abstract_socket_outside_is_not_reached(secret_server, network, needs):
    needs("landlock_scope")
    name = attack.unique("outside")
    program = "import socket; tell(attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0' + name)))"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        assert attack.outside(program, name=name) == "done"
        reply = secret_server.run("python3", attack.text_of(program, name=name), enable_network=network)
        assert attack.value_of(reply["data"]["stdout"], reply) in attack.ABSENT


def test_a_named_socket_outside_is_not_reached(secret_server, layers, tmp_path):
    if not layers & {"readonly_root", "chroot"}:
        pytest.skip("named sockets that anyone may connect to are open here")
    path = str(secret_server.folder / "outside.socket")
    program = "import socket; tell(attempt(lambda: socket.socket(socket.AF_UNIX).connect(path)))"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        assert attack.outside(program, path=path) == "done"
        assert attack.inside(secret_server, program, path=path) in attack.ABSENT
    os.unlink(path)


def test_other_processes_are_not_listed(secret_server, victim):
    listed = attack.inside(secret_server, "tell(attempt(os.listdir, '/proc'))")
    assert str(listed) in attack.ABSENT or str(victim.pid) not in listed


def test_own_processes_are_listed_and_the_init_is_not(make_server, needs):
    needs("procfs")
    program = """
import subprocess
with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as child:
    listed = [name for name in os.listdir("/proc") if name.isdigit()]
    own = [os.readlink("/proc/self"), str(child.pid)]
    states = [read(f"/proc/{pid}/stat").split(")")[0] for pid in own]
    child.communicate("\\n")
tell([own[0] == str(os.getpid()), set(own) <= set(listed), len(states), "1" in listed, attempt(os.listdir, "/proc/1")])
"""
    server = make_server(config={"allow_processes": True})
    assert attack.inside(server, program) == [True, True, 2, False, "ENOENT"]


def test_descriptors_under_way_do_not_keep_other_runs_from_starting(secret_server):
    """Rootless, all runs have one uid, and the kernel counts such descriptors by uid."""
    other = """
child = os.fork()
if child == 0:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    os._exit(attempt(send, pair[0], 1) == "ETOOMANYREFS")
tell([filled, os.waitpid(child, 0)[1]])
"""
    if os.geteuid() == 0:
        assert attack.outside(FILL_SOCKETS + other, outside_uid=54399) == ["ETOOMANYREFS", 256]
    name = attack.unique("filler")
    hold = "if filled == 'ETOOMANYREFS': name_process(name)\ntime.sleep(600)"
    with attack.open_run(secret_server, FILL_SOCKETS + hold, outside_uid=0, name=name):
        attack.wait_named(name)
        for language, code in [("python3", "print(1)"), ("nodejs", "console.log(1)")] * 4:
            reply = secret_server.run(language, code)
            assert reply["code"] == 0 and reply["data"]["stdout"] == "1\n", reply
