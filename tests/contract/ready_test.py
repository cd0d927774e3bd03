# SPDX-License-Identifier: Apache-2.0
"""GET /ready: a program runs in each language, strangers are told little, and asking often costs little."""

import concurrent.futures
import json
import re
import signal
import time

import exposition
import pytest
import sandgate

LONG = "import time; time.sleep(60)"
NO_KEY = {"X-Api-Key": None}
FRESH_SECONDS = 5


def ready(server, **headers):
    status, got, body = server.request("GET", "/ready", headers=headers or NO_KEY)
    assert (got["content-type"], got["cache-control"]) == ("application/json; charset=utf-8", "no-store")
    return status, json.loads(body)


@pytest.fixture
def broken_node(tmp_path):
    """A file that answers as Node.js when it is asked for its version, and runs nothing."""
    file = tmp_path / "node"
    file.write_text('#!/bin/sh\n[ "$1" = -e ] && echo v21.0.0 && exec echo "$0"\nexit 3\n')
    file.chmod(0o755)
    return str(file)


def test_strangers_are_told_yes_or_no(plain_server):
    assert ready(plain_server) == (200, {"ready": True, "languages": {"python3": True, "nodejs": True}})


@pytest.mark.parametrize("header", ["X-Api-Key", "Authorization"])
def test_who_has_a_key_is_told_more(plain_server, header):
    value = plain_server.key if header == "X-Api-Key" else f"Bearer {plain_server.key}"
    status, body = ready(plain_server, **{"X-Api-Key": None, header: value})
    assert (status, body["ready"], body["draining"], body["warnings"]) == (200, True, False, [])
    assert {(name, one["ready"], one["problem"]) for name, one in body["languages"].items()} == {
        ("python3", True, ""), ("nodejs", True, "")}


def test_times_are_plain_decimals(plain_server):
    body = plain_server.request("GET", "/ready")[2].decode()
    times = re.findall(r'"wall_ms":([^,}]*)', body)
    assert len(times) == 2 and all(re.fullmatch(r"\d+\.\d{3}", time) for time in times), body


def test_an_interpreter_that_runs_nothing_is_named(start_server, broken_node):
    server = start_server({"nodejs_path": broken_node})
    assert ready(server) == (503, {"ready": False, "languages": {"python3": True, "nodejs": False}})
    status, body = ready(server, **{"X-Api-Key": server.key})
    assert status == 503 and body["languages"]["nodejs"]["problem"]
    line = server.wait_log("not ready")
    assert (line["language"], line["reason"]) == ("nodejs", body["languages"]["nodejs"]["problem"])
    assert exposition.of(server).value("sandgate_ready", language="nodejs") == 0
    assert server.healthy(), "health runs nothing"


def test_only_the_languages_that_are_needed_count(start_server, broken_node):
    server = start_server({"nodejs_path": broken_node, "ready": {"languages": ["python3"]}})
    assert ready(server) == (200, {"ready": True, "languages": {"python3": True}})


def test_runs_do_not_starve_it_and_it_takes_no_place(start_server):
    server = start_server({"max_workers": 1, "max_requests": 1, "worker_timeout": 300})
    body = json.dumps({"language": "python3", "code": LONG}).encode()
    head = (f"POST /v1/sandbox/run HTTP/1.1\r\nHost: sandgate\r\nX-Api-Key: {server.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    with server.raw(head.encode() + body):
        sandgate.wait_for(lambda: server.run("ruby", "x")["code"] == -503, 10, "a full server")
        assert ready(server)[0] == 200


def test_a_flood_starts_few_runs(start_server):
    server = start_server()
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ready(server)[0], range(400)))
    rounds = 1 + (time.monotonic() - began) // FRESH_SECONDS
    assert set(answers) == {200}
    assert 2 <= exposition.of(server).value("sandgate_ready_probes_total") <= 2 * rounds
    assert not [line for line in server.log_lines() if line.get("path") == "/ready"], "nor do they fill the log"


def test_who_leaves_before_the_answer_stops_no_probe(start_server):
    server = start_server()
    for _ in range(20):
        server.raw(b"GET /ready HTTP/1.1\r\nHost: sandgate\r\n\r\n").close()
    assert ready(server)[0] == 200
    assert exposition.of(server).value("sandgate_ready", language="python3") == 1
    assert not [line for line in server.log_lines() if line.get("path") == "/ready"]


def test_a_server_that_drains_is_not_ready(start_server):
    server = start_server()
    with server.raw(b"GET /ready HTTP/1.1\r\nHost: sandgate\r\n") as connection:
        assert server.healthy(), "the server has read that half"
        server.process.send_signal(signal.SIGTERM)
        server.wait_log("draining")
        connection.sendall(b"\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 503 ") and b'"ready":false' in answer
