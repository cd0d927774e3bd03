# SPDX-License-Identifier: Apache-2.0
"""Clients that send too much, too slowly, nonsense, or vanish: the server answers or drops them, and lives."""

import contextlib
import json
import socket

import pytest
import sandgate

RUN = "/v1/sandbox/run"
MIB = 1 << 20


@pytest.fixture(autouse=True)
def still_alive(plain_server):
    yield
    assert plain_server.healthy()


def read_all(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def exchange(server, data: bytes) -> bytes:
    """What the server sends until it closes the connection."""
    with server.raw(data) as connection:
        return read_all(connection)


def head(server, *lines: str) -> bytes:
    start = (f"POST {RUN} HTTP/1.1", "Host: sandgate", f"X-Api-Key: {server.key}", "Content-Type: application/json")
    return "\r\n".join((*start, *lines, "", "")).encode()


def test_forty_megabytes_are_413_and_the_client_can_read_it(plain_server):
    status, headers, body = plain_server.request("POST", RUN, b"a" * (40 * MIB), {"Content-Type": "application/json"})
    assert (status, headers["content-type"]) == (413, "application/json; charset=utf-8")
    reply = json.loads(body)
    assert list(reply) == ["code", "message", "data"]
    assert (reply["code"], reply["data"]) == (-413, None)
    assert reply["message"] == f"request body larger than {32 * MIB} bytes (server.max_body_bytes)"


def test_body_limit_is_configurable_and_counts_chunks(start_server):
    server = start_server({"server": {"max_body_bytes": 1024}})
    chunked = head(server, "Transfer-Encoding: chunked") + b"7d0\r\n" + b"a" * 2000 + b"\r\n0\r\n\r\n"
    assert exchange(server, chunked).startswith(b"HTTP/1.1 413 ")
    assert server.run("ruby", "x" * 1100)["code"] == -413
    assert server.run("ruby", "x" * 500)["code"] == -400


@pytest.mark.parametrize("hosts", ["", "Host: a\r\nHost: b\r\n"])
def test_http_1_1_without_one_host_is_malformed(plain_server, hosts):
    answer = exchange(plain_server, f"GET /health HTTP/1.1\r\n{hosts}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ") and b"Host" in answer


@pytest.mark.parametrize("target", ["http://sandgate/health", "HTTP://sandgate:8194/health?a=b"])
def test_the_target_of_a_proxy_names_the_same_route(plain_server, target):
    answer = exchange(plain_server, f"GET {target} HTTP/1.0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b'"ok"')


def test_a_target_of_an_authority_alone_is_the_root(plain_server):
    for target in ("http://sandgate", "http://sandgate?a=b", "http://"):
        assert exchange(plain_server, f"GET {target} HTTP/1.0\r\n\r\n".encode()).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("lines", [["Transfer-Encoding: gzip"], ["Transfer-Encoding: xchunked"],
                                   ["Transfer-Encoding: chunked, gzip"], ["Transfer-Encoding: chunked", "Content-Length: 2"],
                                   ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]])
def test_a_body_whose_end_cannot_be_told_is_not_the_next_request(plain_server, lines):
    smuggled = head(plain_server, "Content-Length: 0").replace(b"POST " + RUN.encode(), b"GET /health")
    answer = exchange(plain_server, head(plain_server, *lines) + smuggled)
    assert answer.startswith((b"HTTP/1.1 501 ", b"HTTP/1.1 400 ")) and answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("trailer", [b"X: " + b"a" * 65534, b"X: " + b"a" * 70000, b"X" * 70000 + b": a"])
@pytest.mark.parametrize("target", [b"GET /health", b"POST " + RUN.encode()])
def test_a_trailer_that_is_too_long_is_431(plain_server, target, trailer):
    start = head(plain_server, "Transfer-Encoding: chunked").replace(b"POST " + RUN.encode(), target)
    answer = exchange(plain_server, start + b"2\r\n{}\r\n0\r\n" + trailer + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 "), answer[:100]


def test_a_coding_of_http_1_0_is_not_the_next_request(plain_server):
    start = head(plain_server, "Transfer-Encoding: chunked", "Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = exchange(plain_server, start + b"2\r\n{}\r\n0\r\n\r\n" + start)
    assert answer.startswith(b"HTTP/1.1 501 ") and answer.count(b"HTTP/1.1 ") == 1


def test_large_bodies_that_never_end_take_little_memory(start_server):
    """20 of 31 MiB each would be 620 MiB; one of them goes for each that is too many, and others are served."""
    server = start_server()
    before = resident_mb(server)
    start = head(server, f"Content-Length: {32 << 20}") + b" " * (31 << 20)
    with contextlib.ExitStack() as slow:
        connections = []
        for _ in range(20):
            connections.append(slow.enter_context(server.raw(start)))
            assert server.request("GET", "/health")[0] == 200
        sandgate.wait_for(lambda: sum(closed(connection) for connection in connections) >= 4, 20, "four to be closed")
        assert resident_mb(server) - before < 16 * 32 + 64
        assert sum(closed(connection) for connection in connections) < 8
        assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
    assert server.run("python3", "#" * (30 << 20) + "\nprint(1)")["data"]["stdout"] == "1\n"


def resident_mb(server) -> int:
    with open(f"/proc/{server.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) >> 10


def closed(connection) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_large_body_without_key_is_not_waited_for(plain_server):
    data = head(plain_server, "Content-Length: 30000000").replace(plain_server.key.encode(), b"wrong")
    with plain_server.raw(data) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_slow_senders_are_408(start_server):
    server = start_server({"server": {"header_timeout": 1, "body_timeout": 1}})
    assert exchange(server, b"GET /health HT").startswith(b"HTTP/1.1 408 ")
    assert exchange(server, head(server, "Content-Length: 100") + b'{"lang').startswith(b"HTTP/1.1 408 ")


def test_idle_connections_are_closed_silently(start_server):
    server = start_server({"server": {"idle_timeout": 1}})
    assert exchange(server, b"") == b""
    answer = exchange(server, b"GET /health HTTP/1.1\r\nHost: sandgate\r\n\r\n")
    assert answer.endswith(b'"ok"') and b"Connection: close" not in answer


def test_expected_continue(plain_server):
    body = b'{"language":"ruby","code":"x"}'
    with plain_server.raw(head(plain_server, f"Content-Length: {len(body)}", "Expect: 100-continue",
                               "Connection: close")) as connection:
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert b"unsupported language" in read_all(connection)


@pytest.mark.parametrize("data,status", [
    (b"nonsense\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
])
def test_broken_requests_are_refused(plain_server, data, status):
    assert exchange(plain_server, data).startswith(f"HTTP/1.1 {status} ".encode())


def test_request_that_stops_in_the_middle(plain_server):
    for data in (b"GET /heal", head(plain_server, "Content-Length: 100") + b"{"):
        with plain_server.raw(data) as connection:
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection).startswith(b"HTTP/1.1 400 ")
        plain_server.raw(data).close()


def test_pipelined_requests_are_answered_in_order(plain_server):
    body = b'{"language":"python3","code":"print(6*7)"}'
    data = head(plain_server, f"Content-Length: {len(body)}") + body
    answer = exchange(plain_server, data + b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
                                           b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 3
    assert answer.index(b"42\\n") < answer.index(b"404 page not found") < answer.rindex(b'"ok"')


def test_http_1_0(plain_server):
    answer = exchange(plain_server, b"GET /health HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b'"ok"')


def test_deep_nesting_is_refused_clearly(plain_server):
    deep = b'{"language":"python3","code":"x","more":' + b"[" * 3_000_000
    status, _, body = plain_server.request("POST", RUN, deep, {"Content-Type": "application/json"})
    assert (status, json.loads(body)["message"]) == (400, "invalid character '[' exceeded max depth")
    fine = b'{"language":"ruby","code":"x","more":' + b"[" * 9_999 + b"]" * 9_999 + b"}"
    assert b"unsupported language" in plain_server.request("POST", RUN, fine, {"Content-Type": "application/json"})[2]


def test_form_of_a_million_fields_is_refused_clearly(plain_server):
    body = b"language=ruby&code=x&" + b"&".join(b"n%d=v" % i for i in range(1_000_000))
    answer = plain_server.request("POST", RUN, body, {"Content-Type": "application/x-www-form-urlencoded"})[2]
    assert json.loads(answer) == {"code": -400, "message": "form: more than 64 fields", "data": None}


def test_thousands_of_idle_connections_are_cheap(start_server):
    server = start_server()
    before = server.rss_bytes()
    body = json.dumps({"language": "ruby", "code": "x" * 20_000}).encode()
    request = head(server, f"Content-Length: {len(body)}") + body
    connections = []
    try:
        for _ in range(400):
            connections.append(server.raw(request))
        for connection in connections:
            assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
        assert (server.rss_bytes() - before) / len(connections) < 20_000
        assert server.healthy()
    finally:
        for connection in connections:
            connection.close()


def test_strangers_do_not_write_over_the_log(start_server):
    server = start_server()
    with server.raw(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n" * 5000) as connection:
        connection.settimeout(20)
        answers = b""
        while answers.count(b"HTTP/1.1 404 ") < 5000:
            answers += connection.recv(1 << 20)
    assert server.run("ruby", "1")["code"] == -400
    sandgate.wait_for(lambda: any("ruby" in line.get("message", "") for line in server.log_lines()), 20,
                      "a line of who has a key")
    assert 200 <= len([line for line in server.log_lines() if line.get("path") == "/none"]) < 1000
    sandgate.wait_for(lambda: server.request("GET", "/last") and any(
        line.get("path") == "/last" for line in server.log_lines()), 20, "a line of a stranger")
    left_out = sum(line["left_out"] for line in server.log_lines() if "left_out" in line)
    assert left_out >= 5000 - 1000, "and how many were not"


def test_a_client_that_does_not_read_keeps_no_run_from_the_log(start_server):
    server = start_server({"limits": {"stdout_bytes": 32 * MIB}})
    body = json.dumps({"language": "python3", "code": f"print('z' * {16 * MIB})"}).encode()
    with server.raw(head(server, f"Content-Length: {len(body)}") + body):
        line = server.wait_log("request", seconds=15)
    assert (line["status"], line["code"], line["outcome"]) == (200, 0, "ok")
