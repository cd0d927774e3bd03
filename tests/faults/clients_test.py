# SPDX-License-Identifier: Apache-2.0
"""Claim: clients that vanish or do not read cost others nothing.

tests/contract/hostile_client_test.py has those that send slowly or wrongly, capacity_test.py those that leave one
by one.
"""

import contextlib
import json
import socket

import attack
import service

LARGE = "print('x' * 1_000_000)"


def request_bytes(server, code: str) -> bytes:
    body = json.dumps({"language": "python3", "code": code, "preload": "", "enable_network": False}).encode()
    return (f"POST /v1/sandbox/run HTTP/1.1\r\nHost: test\r\nX-Api-Key: {server.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def test_a_crowd_of_clients_that_vanishes_at_once_is_forgotten(make_server):
    server = make_server(config={"max_workers": 4, "max_requests": 50, "worker_timeout": 600})
    before = service.at_rest(server)
    for _ in range(2):
        with contextlib.ExitStack() as crowd:
            name = attack.unique("crowd")
            for _ in range(45):
                crowd.enter_context(attack.open_run(server, "name_process(name); time.sleep(600)", name=name))
            attack.wait_named(name, 4)
        attack.wait_gone(name)
        service.wait_for_service(server)
    service.wait_for_rest(server, before)


def test_clients_that_do_not_read_their_answers_keep_no_worker(make_server):
    server = make_server(config={"max_workers": 2, "max_requests": 50})
    before = service.at_rest(server)
    with contextlib.ExitStack() as readers:
        for _ in range(20):
            readers.enter_context(server.raw(request_bytes(server, LARGE)))
        with service.Clients(server) as clients:
            clients.wait_for("served", 6)
        clients.check()
    service.wait_for_service(server, 2)
    service.wait_for_rest(server, before)


def test_clients_that_do_not_read_keep_nobody_out(make_server):
    """Without a key: each took a connection, for as long as it took some bytes now and then."""
    limit = 64
    server = make_server(launcher=["prlimit", f"--nofile={2 * limit}", "--"])
    service.wait_for_service(server)
    ask = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 2000
    with contextlib.ExitStack() as stuck:
        for _ in range(limit + 4):
            client = stuck.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.connect(("127.0.0.1", server.port))
            client.settimeout(0.1)
            with contextlib.suppress(OSError):  # until it is stuck, or closed already
                while client.send(ask):
                    pass
        service.wait_for_service(server)
        assert server.request("GET", "/health", timeout=30)[0] == 200
    service.wait_for_service(server)
