# SPDX-License-Identifier: Apache-2.0
"""Claim: a process that is stopped (SIGSTOP) where it should answer holds nothing up for good: not a spawner, not
what surrounds a run, not the server itself.

tests/spawners/fork_servers_test.py has the same for fork servers.
"""

import os
import signal
import time

import attack
import pytest
import sandgate
import service


def test_requests_are_served_when_the_exec_spawner_stops(make_server):
    cold = {"SANDGATE_PYTHON_SPAWNER": "exec", "SANDGATE_NODE_SPAWNER": "exec"}
    server = make_server(config={"max_workers": 4}, env=cold)
    before = service.at_rest(server)
    with service.Clients(server) as clients:
        clients.wait_for("served", 3)
        stopped = server.spawners(b"sandgate-spawner")
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        clients.wait_for("served", 6, seconds=60)
    clients.check()
    service.wait_for_service(server)
    assert not set(server.spawners()) & set(stopped)
    service.wait_for_rest(server, before)


def test_a_run_that_stops_ends_at_its_deadline(make_server):
    server = make_server(config={"worker_timeout": 3})
    name = attack.unique("stopped")
    run = attack.Background(server, "name_process(name); time.sleep(1); print('went on')", name=name)
    os.kill(attack.wait_named(name)[0], signal.SIGSTOP)
    assert (run.data()["outcome"], run.data()["stdout"]) == ("timeout", "")
    attack.wait_gone(name)
    service.wait_for_service(server)


@pytest.mark.parametrize("processes", [False, True])
def test_a_run_whose_companions_stop_ends_as_ever(make_server, processes):
    server = make_server(config={"worker_timeout": 20, "allow_processes": processes})
    before = service.at_rest(server)
    name = attack.unique("company")
    run = attack.Background(server, "name_process(name); time.sleep(1); print('whole')", name=name)
    pid = attack.wait_named(name)[0]
    uid = sandgate.status_of(pid)["Uid"]
    companions = [other for other in server.children() if other != pid and uid_of(other) in (uid, NOBODY)]
    for other in companions:  # its init, where it has one, and those of children that wait
        os.kill(other, signal.SIGSTOP)
    assert (run.data()["outcome"], run.data()["stdout"]) == ("ok", "whole\n")
    service.wait_for_service(server)
    service.wait_for_rest(server, before)


NOBODY = "65534\t65534\t65534\t65534"


def uid_of(pid: int) -> str:
    try:
        return sandgate.status_of(pid)["Uid"]
    except OSError:
        return ""


def test_requests_wait_for_a_server_that_is_stopped(make_server):
    server = make_server(config={"max_workers": 4})
    with service.Clients(server) as clients:
        for _ in range(3):
            clients.wait_for("served", 2)
            os.kill(server.pid, signal.SIGSTOP)
            time.sleep(1)
            os.kill(server.pid, signal.SIGCONT)
        clients.wait_for("served", 2)
    clients.check()
    service.wait_for_service(server)
