# SPDX-License-Identifier: Apache-2.0
"""Claim: spawners that cannot fork and a server that gets no memory answer, and serve as before when they can.

Forks fail as they do in a container that has reached its limit of processes: the spawners are put into a cgroup of
their own. Memory ends by a limit on the server's address space.
"""

import os
import resource
import time
from pathlib import Path

import attack
import pytest
import sandgate
import service


def pids_hierarchy():
    """Where cgroups that limit processes are made, or None."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        folder = Path(place.split()[4])
        if kind == "cgroup" and "pids" in options.split(","):
            return folder
        if kind == "cgroup2" and "pids" in (folder / "cgroup.subtree_control").read_text().split():
            return folder
    return None


@pytest.fixture
def pids_group():
    """A cgroup of this test's own; taken off when all processes in it have ended."""
    hierarchy = pids_hierarchy()
    if hierarchy is None or not os.access(hierarchy, os.W_OK):
        pytest.skip("no cgroup that limits processes can be made here")
    group = hierarchy / attack.unique("sg-test-")
    group.mkdir()
    yield group
    sandgate.wait_for(lambda: not (group / "cgroup.procs").read_text(), 20, "the end of all in the cgroup")
    group.rmdir()


# 0: the init of a run cannot be made; 1: the run; 2 and 3: of several at once some.
@pytest.mark.parametrize("spawner", ["auto", "exec"])
def test_runs_are_answered_while_spawners_cannot_fork(pids_group, make_server, spawner):
    env = {"SANDGATE_PYTHON_SPAWNER": spawner, "SANDGATE_NODE_SPAWNER": spawner}
    server = make_server(config={"max_workers": 4}, env=env)
    before = service.at_rest(server)
    for pid in server.spawners():
        (pids_group / "cgroup.procs").write_text(str(pid))
    with service.Clients(server) as clients:
        clients.wait_for("served", 2)
        for more in (0, 1, 2, 3):
            (pids_group / "pids.max").write_text(str(len(server.spawners()) + more))
            time.sleep(0.5)
            (pids_group / "pids.max").write_text("max")
            clients.wait_for("served", 4)
    # A cold interpreter is in that cgroup too, and may not get its threads.
    cold = spawner == "exec" or not sandgate.node_is_forked()
    clients.check("unable", *(["failed"] if cold else []))
    assert int((pids_group / "pids.events").read_text().split()[1]), "no fork failed"
    service.wait_for_service(server)
    service.wait_for_rest(server, before)


def test_a_server_without_memory_answers_or_closes_and_goes_on(make_server):
    server = make_server(config={"max_workers": 4})
    before = service.at_rest(server)
    large = "x = '" + "y" * 4_000_000 + "'\nprint(1)"
    with service.Clients(server) as clients:
        for more in (0, 1 << 18, 1 << 20, 4 << 20):
            size = int(sandgate.status_of(server.pid)["VmSize"].split()[0]) * 1024
            limit = resource.prlimit(server.pid, resource.RLIMIT_AS, (size + more, resource.RLIM_INFINITY))
            outcomes = {service.outcome_of(server, "python3", large, "1\n") for _ in range(4)}
            resource.prlimit(server.pid, resource.RLIMIT_AS, limit)
            assert not any(outcome.startswith("wrong") for outcome in outcomes), outcomes
            clients.wait_for("served", 2)
    clients.check("unable", "cut", "full")
    service.wait_for_service(server)
    service.wait_for_rest(server, before)
