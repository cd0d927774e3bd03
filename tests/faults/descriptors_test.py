# SPDX-License-Identifier: Apache-2.0
"""Claim: a server that has run out of descriptors answers or ends cleanly what it had accepted, keeps no slot,
process or file of the runs that it could not make, and serves as before when there are descriptors again."""

import os
import resource
import time

import service


def limit_descriptors(server, more: int) -> tuple:
    """Lets the server have `more` than it has now; what the limit was."""
    highest = max(int(name) for name in os.listdir(f"/proc/{server.pid}/fd"))
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (highest + 1 + more, before[1]))
    return before


def test_runs_of_a_server_without_descriptors_are_answered_and_cost_nothing(make_server):
    server = make_server(config={"max_workers": 4, "parked_children": 1})
    before = service.at_rest(server)
    # From hardly enough for a connection to nearly enough for all runs: each call fails once.
    with service.Clients(server) as clients:
        for more in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32):
            limit = limit_descriptors(server, more)
            time.sleep(0.3)
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limit)
            clients.wait_for("served", 2)
    clients.check("unable", "full", "cut")
    service.wait_for_service(server)
    service.wait_for_rest(server, before)


def test_a_server_without_descriptors_does_not_spin_and_says_why(make_server):
    server = make_server()
    service.wait_for_service(server)
    limit = limit_descriptors(server, 0)
    waiting = [server.raw() for _ in range(200)]  # more than there are free numbers below the limit
    try:
        begin = used(server)
        time.sleep(2)
        assert used(server) - begin < 1, "seconds of processor time in two seconds without a descriptor"
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limit)
        for connection in waiting:
            connection.close()
    service.wait_for_service(server)
    [told] = [line for line in server.log_lines() if line["msg"] == "connections cannot be accepted"]
    assert told["reason"] == "Too many open files"


def used(server) -> float:
    """Seconds of processor time that the server has taken."""
    with open(f"/proc/{server.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
