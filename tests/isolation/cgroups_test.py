# SPDX-License-Identifier: Apache-2.0
"""Claim: the memory of a run as a whole is limited, whatever it is made of, and its end is named; cgroups are a
server's own, begin each run empty and are gone with it.

Origin: RLIMIT_DATA sees private memory of one process only: shared memory, memory files and many small processes
went around it and took the machine's memory.
"""

import contextlib
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attack
import pytest
import sandgate
from programs import fork_and_reap

LIMIT = 160
HELD = 320  # MiB that each program wants
CONFIG = {"limits": {"memory_mb": 128, "scratch_mb": 32, "run_memory_mb": LIMIT}, "worker_timeout": 30,
          "max_workers": 2, "parked_children": 1}
GOOD = "time.sleep(1); tell(sum(range(1000)))"

SHARED = """
import mmap
memory = mmap.mmap(-1, held << 20)
for _ in range(held): memory.write(bytes(1 << 20))
tell("held")
"""
MEMORY_FILES = """
files = []
for number in range(held // 32):
    files.append(os.memfd_create("m"))
    for _ in range(32): os.write(files[-1], bytes(1 << 20))
tell("held")
"""
MANY = """
ready, tell_ready = os.pipe()
for number in range(held // 64):
    if os.fork() == 0:
        keep = bytearray(64 << 20)
        for at in range(0, 64 << 20, 4096): keep[at] = 1
        os.write(tell_ready, b"x")
        time.sleep(60)
for number in range(held // 64): os.read(ready, 1)
tell("held")
"""
HOLDERS = {"shared memory": SHARED, "memory files": MEMORY_FILES, "many processes": MANY}


def config_for(holder: str, **limits) -> dict:
    return sandgate.merged(CONFIG, {"allow_processes": holder == "many processes", "limits": limits})


@pytest.fixture(scope="session")
def limited(mode):
    with sandgate.Server(mode=mode, config=CONFIG) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


@pytest.fixture
def limits_memory(limited):
    if "cgroup_memory" not in limited.run("python3", "pass")["data"]["isolation"]["layers"]:
        pytest.skip("not in force here: cgroup_memory")


@pytest.mark.parametrize("holder", HOLDERS)
def test_without_the_layer_the_memory_is_had(make_server, needs, holder):
    if holder == "many processes":
        needs("unique_uid")
    server = make_server(config=config_for(holder, run_memory_mb=0))
    data = attack.data_of(server, HOLDERS[holder], held=HELD)
    assert attack.value_of(data["stdout"], data) == "held"


@pytest.mark.parametrize("holder", HOLDERS)
def test_more_memory_than_the_run_may_have_ends_it_by_name(make_server, limited, limits_memory, holder):
    server = make_server(config=config_for(holder)) if holder == "many processes" else limited
    neighbour = attack.Background(server, GOOD)
    data = attack.data_of(server, HOLDERS[holder], held=HELD)
    assert data["outcome"] == "out_of_memory", data
    assert f"memory limit {LIMIT} MiB reached (limits.run_memory_mb)" in data["error"]
    assert neighbour.data()["outcome"] == "ok"


TCP = """
import socket
server = socket.create_server(("127.0.0.1", 0))
held = []
for _ in range(24):
    near = socket.create_connection(server.getsockname())
    far, _ = server.accept()
    for one in (near, far):
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 30)
        held.append(one)
for _ in range(20):
    for one in held:
        try:
            while True: one.send(bytes(1 << 20))
        except BlockingIOError: pass
    time.sleep(0.05)
"""


def tcp_mib() -> int:
    """What the buffers of all TCP sockets of the machine take."""
    [line] = [line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:")]
    return int(line.split()[-1]) * os.sysconf("SC_PAGE_SIZE") >> 20


@pytest.mark.parametrize("is_limited", [False, True], ids=["without a limit", "limited"])
def test_buffers_of_tcp_are_limited(make_server, needs, is_limited):
    needs("cgroup_memory")
    limits = {} if is_limited else {"run_memory_mb": 0}
    server = make_server(config=sandgate.merged(CONFIG, {"enable_network": True, "limits": limits}))
    before = tcp_mib()
    most = 0
    with ThreadPoolExecutor() as pool:
        run = pool.submit(server.run, "python3", attack.text_of(TCP), enable_network=True)
        while not run.done():
            most = max(most, tcp_mib() - before)
            time.sleep(0.01)
    assert run.result()["data"]["outcome"] == "ok", run.result()
    assert most < 160 if is_limited else most > 250, most


UNREAD = """
import socket
sent = 0
held = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
for one in held:
    one.setblocking(False)
    try:
        while True: sent += one.send(bytes(1 << 20))
    except BlockingIOError: pass
tell(sent)
"""


def test_what_nobody_took_of_an_earlier_run_leaves_room_for_buffers(make_server, needs):
    """The kernel keeps for minutes what was sent to a peer that does not read, and counts it where it was sent."""
    needs("cgroup_memory")
    server = make_server(config=sandgate.merged(CONFIG, {"enable_network": True, "max_workers": 1,
                                                         "parked_children": 0}))
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as peer:
        def sent(count: int) -> int:
            program = attack.text_of(UNREAD, port=peer.getsockname()[1], count=count)
            data = server.run("python3", program, enable_network=True)["data"]
            return attack.value_of(data["stdout"], data)
        before = sent(4)
        assert sent(60) > 3 * before
        assert min(sent(4) for _ in range(16)) > before // 2  # each slot has its turn


def test_a_run_that_is_ended_for_memory_takes_no_spawner_along(limited, limits_memory):
    limited.run("python3", "pass")
    before = limited.spawners()
    for _ in range(4):
        assert attack.data_of(limited, MEMORY_FILES, held=HELD)["outcome"] == "out_of_memory"
    assert limited.spawners() == before
    assert attack.data_of(limited, GOOD)["outcome"] == "ok"


def test_memory_of_one_run_is_not_counted_for_the_next(limited, limits_memory):
    """More runs than there are cgroups, each with most of what it may have."""
    for _ in range(2 + len(limited.cgroups()) // len(limited.cgroup_homes())):
        data = attack.data_of(limited, SHARED, held=LIMIT * 3 // 4)
        assert data["outcome"] == "ok", data


def test_a_run_is_in_a_cgroup_that_no_other_run_has(limited, limits_memory):
    program = "tell(sorted(line.split(':', 2)[2] for line in read('/proc/self/cgroup').split() if 'sandgate-runs-' in line))"
    own = attack.data_of(limited, program)
    if own["outcome"] != "ok":
        pytest.skip("no /proc here")
    places = attack.value_of(own["stdout"], own)
    assert len(places) == len(limited.cgroup_homes())
    other = attack.inside(limited, program)
    assert not set(places) & set(other)


def shares(server) -> list:
    """Of the processors, of each run's cgroup, as a part of what one has at first."""
    found = []
    for folder in set(server.cgroups()) - set(server.cgroup_homes()):
        for name, whole in (("cpu.shares", 1024), ("cpu.weight", 100)):
            with contextlib.suppress(FileNotFoundError):
                found.append(int((folder / name).read_text()) / whole)
    return found


def test_a_run_that_lasts_leaves_the_processors_to_short_ones(limited):
    if "cgroup_cpu" not in limited.run("python3", "pass")["data"]["isolation"]["layers"]:
        pytest.skip("not in force here: cgroup_cpu")

    def all_begin_anew() -> bool:
        assert attack.data_of(limited, "pass")["outcome"] == "ok"
        return set(shares(limited)) == {1}

    sandgate.wait_for(all_begin_anew, what="each slot used by a short run")
    lasting = attack.Background(limited, "time.sleep(5)")
    sandgate.wait_for(lambda: min(shares(limited)) < 0.2, what="a smaller share")
    assert lasting.data()["outcome"] == "ok"
    sandgate.wait_for(all_begin_anew, what="the whole share in the next run")


def quotas(server) -> list:
    """The processor time that each run's cgroup may have, of those that may not have all."""
    found = []
    for folder in set(server.cgroups()) - set(server.cgroup_homes()):
        for name in ("cpu.cfs_quota_us", "cpu.max"):
            with contextlib.suppress(FileNotFoundError):
                found.append((folder / name).read_text().split()[0])
    return [quota for quota in found if quota not in ("-1", "max")]


def skip_without_quota(layers):
    if "cgroup_cpu" not in layers:
        pytest.skip("not in force here: cgroup_cpu")
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 18):
        pytest.skip("this kernel stops processes with locks in hand")


def test_a_crowd_of_processes_is_held_back_while_others_run(make_server, layers):
    skip_without_quota(layers)
    many = 8 * os.cpu_count() + 1
    server = make_server(config={"allow_processes": True, "worker_timeout": 60, "server": {"drain_timeout": 0},
                                 "limits": {"processes": many + 8}})
    crowd = attack.Background(server, """
for _ in range(many):
    if os.fork() == 0:
        time.sleep(60)
time.sleep(60)
""", many=many)
    time.sleep(1.5)
    assert not quotas(server), "a run alone may have all"
    beside = attack.Background(server, "time.sleep(3)")
    sandgate.wait_for(lambda: len(quotas(server)) == 1, what="the crowd to be held back")
    assert beside.data()["outcome"] == "ok"
    sandgate.wait_for(lambda: not quotas(server), what="the crowd to be let go")
    few = attack.Background(server, "for _ in range(3):\n    if os.fork() == 0: break\ntime.sleep(2)")
    sandgate.wait_for(lambda: len(quotas(server)) == 1, what="the crowd to be held back again")
    assert few.data()["outcome"] == "ok" and len(quotas(server)) <= 1
    assert not crowd.ended()


def test_a_run_that_starts_one_process_after_the_other_is_held_back(make_server, layers):
    skip_without_quota(layers)
    server = make_server(config={"allow_processes": True, "worker_timeout": 60, "server": {"drain_timeout": 0}})
    beside = attack.Background(server, "time.sleep(5)")
    forking = attack.Background(server, fork_and_reap(2))
    sandgate.wait_for(lambda: len(quotas(server)) == 1, what="the run that forks to be held back")
    assert beside.data()["outcome"] == "ok"
    assert not forking.ended()


def test_runs_that_were_held_back_are_let_go_when_they_end(make_server, layers):
    skip_without_quota(layers)
    server = make_server(config={"allow_processes": True, "worker_timeout": 2})
    forking = [attack.Background(server, fork_and_reap(32)) for _ in range(3)]
    sandgate.wait_for(lambda: len(quotas(server)) == 3, what="all of them to be held back")
    assert {one.data()["outcome"] for one in forking} == {"timeout"}
    assert not quotas(server), "their processes would take long to end"


def test_cgroups_that_vanish_are_made_again(make_server, limits_memory):
    server = make_server(config=CONFIG)
    attack.data_of(server, GOOD)
    server.counters_at_rest()
    removed = 0
    for folder in sorted(server.cgroups(), reverse=True):
        try:
            folder.rmdir()
            removed += 1
        except OSError:
            pass  # something is in it
    assert removed > 4
    for _ in range(removed // 4):
        data = attack.data_of(server, SHARED, held=HELD)
        assert data["outcome"] == "out_of_memory", data
        assert attack.data_of(server, "tell(1)")["outcome"] == "ok"


def test_nothing_is_left_of_a_server_that_stops(make_server, limits_memory):
    server = make_server(config=CONFIG)
    attack.data_of(server, GOOD)
    homes = server.cgroup_homes()
    assert homes and all(home.is_dir() for home in homes)
    assert server.stop() == 0
    assert not any(home.exists() for home in homes)


def test_the_next_start_removes_what_a_killed_server_left(make_server, limits_memory):
    server = make_server(config=CONFIG)
    name = attack.unique("orphan")
    run = attack.Background(server, "name_process(name); time.sleep(600)", name=name)
    attack.wait_named(name)
    homes = server.cgroup_homes()
    assert homes and all(home.is_dir() for home in homes)
    os.kill(server.pid, signal.SIGKILL)
    server.wait_exit()
    attack.wait_gone(name)
    make_server(config=CONFIG)
    assert not any(home.exists() for home in homes)
    del run
