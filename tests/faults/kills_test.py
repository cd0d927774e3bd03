# SPDX-License-Identifier: Apache-2.0
"""Claim: a spawner that is killed costs no run, a server that is killed leaves no process, mount, uid or file, and
serves as before when it is started again.

Origin: predecessors left processes and folders behind that kept the next start from working.
"""

import os
import signal
import time

import attack
import pytest
import sandgate
import service

SLEEP = "name_process(name); time.sleep(600)"
FORKED = """
if os.fork() == 0:
    os.setsid()
    if os.fork(): os._exit(0)
name_process(name)
time.sleep(600)
"""


def kill_server_during(server, program: str, count: int, before=lambda: None):
    name = attack.unique("orphan")
    runs = [attack.Background(server, program, name=name) for _ in range(2)]
    attack.wait_named(name, count)
    before()
    server.process.send_signal(signal.SIGKILL)
    server.wait_exit()
    try:
        attack.wait_gone(name)
    finally:
        for pid in attack.processes_named(name):
            os.kill(pid, signal.SIGKILL)
    assert not any(run.reply for run in runs)


def test_runs_end_when_the_server_is_killed(make_server):
    server = make_server(config={"worker_timeout": 600})
    kill_server_during(server, SLEEP, 2)


def test_children_of_runs_end_when_the_server_is_killed(make_server, layers):
    if not layers & {"pid_ns", "unique_uid"}:
        pytest.skip("children can stay here")
    server = make_server(config={"worker_timeout": 600, "allow_processes": True})
    kill_server_during(server, FORKED, 4)


def test_children_of_runs_end_when_their_spawner_is_killed_and_then_the_server(make_server, layers):
    if not layers & {"pid_ns", "unique_uid"}:
        pytest.skip("children can stay here")
    server = make_server(config={"worker_timeout": 600, "allow_processes": True})

    def replace_spawners():
        killed = server.spawners(b"sandgate-spawner")
        assert killed
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        sandgate.wait_for(lambda: set(server.spawners(b"sandgate-spawner")) - set(killed), 20, "another spawner")

    kill_server_during(server, FORKED, 4, replace_spawners)


def test_no_spawner_or_parked_child_outlives_a_killed_server(make_server):
    server = make_server()
    server.run("python3", "pass")
    below = server.children()
    server.process.send_signal(signal.SIGKILL)
    server.wait_exit()
    sandgate.wait_for(lambda: not any(sandgate.Server._alive(pid) for pid in below), 10, "the end of the children")


def test_a_start_after_a_kill_removes_old_scratch_directories(make_server):
    server = make_server(config={"worker_timeout": 600})
    name = attack.unique("old")
    attack.Background(server, "open('left-behind', 'w').write('x')\n" + SLEEP, name=name)
    attack.wait_named(name)
    server.process.send_signal(signal.SIGKILL)
    server.wait_exit()
    server.stdout_file.write_text("")
    server.start()
    assert not [path for path in server.scratch_files() if path.endswith("left-behind")]


def test_live_runs_finish_when_the_spawner_is_killed_and_later_ones_work(make_server):
    server = make_server(config={"worker_timeout": 20})
    name = attack.unique("spawned")
    run = attack.Background(server, "name_process(name); time.sleep(1.5); tell('finished')", name=name)
    attack.wait_named(name)
    killed = server.spawners(b"sandgate-spawner")
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert (run.data()["outcome"], run.data()["stdout"]) == ("ok", '"finished"\n'), run.reply
    for _ in range(3):
        assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
    assert server.run("nodejs", "console.log(1)")["data"]["stdout"] == "1\n"


def test_every_request_is_served_while_spawners_are_killed(make_server):
    server = make_server(config={"max_workers": 4})
    before = service.at_rest(server)
    with service.Clients(server) as clients:
        for _ in range(4):
            clients.wait_for("served", 3)
            for pid in living_spawners(server):
                os.kill(pid, signal.SIGKILL)
        clients.wait_for("served", 3)
    clients.check()
    service.wait_for_service(server)
    service.wait_for_rest(server, before)


def living_spawners(server) -> set:
    """Those that are there a moment later too: a child of a fork server looks like one until it is confined."""
    first = set(server.spawners())
    time.sleep(0.2)
    return first & set(server.spawners())


def test_a_server_that_is_killed_leaves_nothing_and_serves_again(make_server):
    server = make_server(config={"max_workers": 4, "worker_timeout": 600})
    name = attack.unique("killed")
    with service.Clients(server) as clients:
        for _ in range(2):
            attack.Background(server, "open('left', 'w').write('x')\n" + SLEEP, name=name)
            attack.wait_named(name)
            clients.wait_for("served", 3)
            below = server.children()
            mounts = service.mounts(server)
            server.process.send_signal(signal.SIGKILL)
            server.wait_exit()
            sandgate.wait_for(lambda: not any(sandgate.Server._alive(pid) for pid in below), 10, "no process is left")
            server.stdout_file.write_text("")
            server.start()
            service.wait_for_service(server)
            assert not [path for path in server.scratch_files() if path.endswith("/left")]
            assert len(service.mounts(server)) <= len(mounts)
    clients.check("cut")
