# SPDX-License-Identifier: Apache-2.0
"""max_requests, max_workers, and what a client that leaves gives back."""

import json
import socket
import time

import pytest
import sandgate

RUN = "/v1/sandbox/run"
QUICK = "print('quick')"
LONG = "import time; time.sleep(60)"


def run_bytes(server, code: str) -> bytes:
    body = json.dumps({"language": "python3", "code": code}).encode()
    head = (f"POST {RUN} HTTP/1.1\r\nHost: sandgate\r\nX-Api-Key: {server.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def is_full(server) -> bool:
    return server.run("ruby", "x")["code"] == -503


def took_in(connection: socket.socket) -> bool:
    """False when the server answers 503 at once; true when it keeps the request."""
    connection.settimeout(1)
    try:
        return b" 503 " not in connection.recv(100)
    except TimeoutError:
        return True


def test_as_many_as_max_requests_and_no_more(start_server):
    server = start_server({"max_workers": 1, "max_requests": 3})
    replies = server.run_many([("python3", "import time; time.sleep(1.5)")] * 5)
    assert sorted(reply["code"] for reply in replies) == [-503, -503, 0, 0, 0]


def test_the_answer_of_a_full_server(start_server):
    # Packages are asked for in a run: here at the start, so that they can be told when no run can be made.
    server = start_server({"max_workers": 1, "max_requests": 1, "worker_timeout": 60},
                          env={"SANDGATE_WARM_UP": "at_start"})
    with server.raw(run_bytes(server, LONG)):
        sandgate.wait_for(lambda: is_full(server), 10, "a full server")
        status, headers, body = server.request("POST", RUN, b"{broken", {"Content-Type": "application/json"})
        assert (status, headers["content-type"]) == (503, "application/json; charset=utf-8")
        assert body == b'{"code":-503,"message":"Too many requests","data":null}'
        assert headers["retry-after"] == "1"
        assert server.request("POST", RUN, b"", {"X-Api-Key": "wrong"})[0] == 401
        assert server.healthy()
        assert server.request("GET", "/v1/sandbox/dependencies")[0] != 503


def test_runs_wait_for_a_worker(start_server):
    server = start_server({"max_workers": 2, "max_requests": 12, "worker_timeout": 5})
    replies = server.run_many([("python3", "import time; time.sleep(0.8); print(1)")] * 12)
    assert [reply["data"]["stdout"] for reply in replies] == ["1\n"] * 12, "time in the queue is not the run's"


def test_client_that_leaves_ends_its_run(start_server):
    server = start_server({"max_workers": 1, "max_requests": 1, "worker_timeout": 300})
    with server.raw(run_bytes(server, LONG)):
        sandgate.wait_for(lambda: is_full(server), 10, "a full server")
    sandgate.wait_for(lambda: not is_full(server), 20, "the slot of the client that left")
    assert server.run("python3", QUICK)["data"]["stdout"] == "quick\n"


def test_client_that_leaves_the_queue_frees_its_place(start_server):
    server = start_server({"max_workers": 1, "max_requests": 2, "worker_timeout": 300})
    with server.raw(run_bytes(server, LONG)) as running:
        with server.raw(run_bytes(server, LONG)):
            sandgate.wait_for(lambda: is_full(server), 10, "a full server")
        sandgate.wait_for(lambda: not is_full(server), 20, "the place of the client that left")
        with server.raw(run_bytes(server, QUICK)) as queued:
            assert took_in(queued), "the third request was refused"
            running.close()
            queued.settimeout(60)
            assert b"quick" in queued.recv(65536)


@pytest.mark.parametrize("how", ["reset", "pipelined"])
def test_other_ways_to_leave(start_server, how):
    server = start_server({"max_workers": 1, "max_requests": 1, "worker_timeout": 300})
    connection = server.raw(run_bytes(server, LONG))
    sandgate.wait_for(lambda: is_full(server), 10, "a full server")
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    else:
        connection.sendall(run_bytes(server, QUICK))
    connection.close()
    sandgate.wait_for(lambda: not is_full(server), 20, "the slot of the client that left")


def test_half_closed_client_gets_its_answer(start_server):
    server = start_server()
    with server.raw(run_bytes(server, "import time; time.sleep(1.5); print('late')")) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while b"late" not in answer:
            part = connection.recv(65536)
            assert part, answer
            answer += part
    assert answer.startswith(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_bad_requests_keep_no_place(start_server):
    server = start_server({"max_workers": 1, "max_requests": 1})
    for _ in range(5):
        server.request("POST", RUN, b"{broken", {"Content-Type": "application/json"})
    time.sleep(0.1)
    assert server.run("python3", QUICK)["code"] == 0
