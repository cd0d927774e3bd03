# SPDX-License-Identifier: Apache-2.0
"""GET /metrics: who may read it, what is counted, and that docs/operations.md describes exactly what is there."""

import os
import re
import signal

import exposition
import pytest
import sandgate

NO_KEY = {"X-Api-Key": None}
KEYS = [{"name": "team-a", "key": "of-team-a"}]
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def status(server, **headers) -> int:
    return server.request("GET", "/metrics", headers={**NO_KEY, **headers})[0]


def test_who_may_read(start_server):
    server = start_server({"app": {"admin_key": "admin"}, "metrics": {"key": "scrape"}, "keys": KEYS})
    for key in (server.key, "admin", "scrape"):
        assert status(server, **{"X-Api-Key": key}) == 200
        assert status(server, Authorization=f"Bearer {key}") == 200
    assert status(server) == 401
    for key in ("of-team-a", "", "wrong"):
        assert status(server, **{"X-Api-Key": key}) == 401, "a tenant does not see the others"
    for text in ("Bearer", "Bearer ", "Basic scrape", "Bearer wrong", "scrape"):
        assert status(server, Authorization=text) == 401
    body = {"language": "python3", "code": "print(1)"}
    assert server.request("POST", "/v1/sandbox/run", body, {"X-Api-Key": "scrape"})[0] == 401, "it opens nothing else"


def test_public_and_off(start_server):
    assert status(start_server({"metrics": {"public": True}})) == 200
    off = start_server({"metrics": {"enabled": False}})
    assert status(off, **{"X-Api-Key": off.key}) == 404


def test_runs_are_counted_by_what_became_of_them(start_server):
    server = start_server({"worker_timeout": 2, "limits": {"stdout_bytes": 4096}})
    server.run("python3", "print(1)")
    server.run("nodejs", "process.exit(3)")
    server.run("python3", "while True: pass")
    server.run("python3", "print('x' * 100000)")
    server.run("python3", "import os\nfor _ in range(3):\n  try: os.chroot('/')\n  except OSError: pass")
    now = exposition.of(server)
    runs = {(language, outcome): now.value("sandgate_runs_total", language=language, outcome=outcome)
            for language, outcome in [("python3", "ok"), ("nodejs", "failed"), ("python3", "timeout"),
                                      ("python3", "output_limit"), ("nodejs", "ok")]}
    assert runs == {("python3", "ok"): 2, ("nodejs", "failed"): 1, ("python3", "timeout"): 1,
                    ("python3", "output_limit"): 1, ("nodejs", "ok"): 0}
    assert now.value("sandgate_denied_calls_total", syscall="chroot") == 3
    assert now.value("sandgate_limits_hit_total", limit="limits.wall_seconds") == 1
    assert now.value("sandgate_limits_hit_total", limit="limits.stdout_bytes") == 1
    for name in ("sandgate_run_queue_seconds", "sandgate_run_duration_seconds"):
        assert now.value(name + "_count", language="python3") == 4
        assert now.value(name + "_bucket", language="python3", le="+Inf") == 4
    assert now.value("sandgate_run_duration_seconds_sum", language="python3") >= 2, "one took its whole time"


def test_refused_requests_are_counted_by_reason(start_server):
    server = start_server()
    server.request("POST", "/v1/sandbox/run", b"", {"X-Api-Key": "wrong"})
    server.request("GET", "/nothing")
    server.request("POST", "/v1/sandbox/run", b"{broken", {"Content-Type": "application/json"})
    server.run("ruby", "x")
    server.request("POST", "/v1/sandbox/run", b"a" * (33 << 20), {"Content-Type": "application/json"})
    now = exposition.of(server)
    got = {reason: now.value("sandgate_refused_requests_total", reason=reason)
           for reason in ("unauthorized", "not_found", "bad_request", "body_too_large", "server_full", "other")}
    assert got == {"unauthorized": 1, "not_found": 1, "bad_request": 2, "body_too_large": 1, "server_full": 0,
                   "other": 0}


def test_what_clients_send_adds_no_series(start_server):
    server = start_server({"keys": KEYS})
    server.run("python3", "print(1)")
    before = set(exposition.of(server).samples)
    for name in ("one", "two", 'a"} 1\nfake_metric 2\n', "\u4e2d"):
        server.request("GET", "/" + name.encode("utf-8").hex())
        server.run(name, "x")
        server.request("GET", "/metrics", headers={"X-Api-Key": name.encode().hex(), "X-User-ID": "u"})
        server.run("python3", f"print({name!r})", profile=name)
    assert set(exposition.of(server).samples) == before


def test_a_call_without_a_name_is_counted_as_other(start_server):
    server = start_server()
    code = "import ctypes\nlibc = ctypes.CDLL(None)\nfor n in (1111, 1112, 1113): libc.syscall(n)"
    server.run("python3", code)
    now = exposition.of(server)
    calls = {dict(labels)["syscall"] for name, labels in now.samples if name == "sandgate_denied_calls_total"}
    assert "other" in calls
    assert not [call for call in calls if not re.fullmatch(r"\w+", call)]


def test_isolation_and_process_are_told(server, mode):
    now = exposition.of(server)
    layers = server.run("python3", "print(1)")["data"]["isolation"]
    assert now.value("sandgate_isolation_info", mode=layers["mode"]) == 1
    told = {dict(labels)["layer"] for (name, labels), value in now.samples.items()
            if name == "sandgate_isolation_layer" and value == 1}
    assert told == set(layers["layers"])
    assert now.value("process_resident_memory_bytes") > 1 << 20
    assert 10 < now.value("process_open_fds") <= now.value("process_max_fds")


def test_lists_of_packages_take_one_worker_whoever_asks(start_server):
    server = start_server({"keys": KEYS, "max_workers": 2, "worker_timeout": 300})
    head = ("GET /v1/sandbox/dependencies/refresh HTTP/1.1\r\nHost: sandgate\r\nX-Api-Key: of-team-a\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n")
    flood = [server.raw(head.encode()) for _ in range(8)]

    def some_wait():
        now = exposition.of(server)
        return now if now.value("sandgate_queue_depth", key="(own)") else None

    try:
        now = sandgate.wait_for(some_wait, 30, "a list that waits")
        assert now.value("sandgate_runs_in_progress", key="(own)") == 1
    finally:
        for connection in flood:
            connection.close()


def test_a_fork_server_that_dies_is_told_by_log_and_metrics(start_server):
    server = start_server(env={"SANDGATE_PYTHON_SPAWNER": "auto", "SANDGATE_WARM_UP": "at_start"})
    environment = {"language": "python3", "network": "no", "environment": ""}
    server.wait_warm(["python3 without network"])
    assert exposition.of(server).value("sandgate_runs_are_forked", **environment) == 1
    before = exposition.of(server).value("sandgate_spawner_generations_total", **environment)
    for pid in server.spawners(b"python"):
        os.kill(pid, signal.SIGKILL)
    server.wait_log("fork server not in use, runs start cold meanwhile")
    sandgate.wait_for(
        lambda: exposition.of(server).value("sandgate_spawner_generations_total", **environment) > before, 30,
        "the next generation")
    now = exposition.of(server)
    assert now.value("sandgate_spawner_failures_total", **environment) >= 1
    assert now.value("sandgate_runs_are_forked", **environment) == 1
    assert now.value("sandgate_spawners", **environment) == 1


def test_the_document_names_what_is_there(start_server):
    """Name, type, labels and meaning of each metric, word for word."""
    server = start_server({"keys": KEYS})
    server.request("GET", "/ready")
    server.run("python3", "import os\nos.chroot('/')")
    server.run("python3", "print('x' * (9 << 20))")
    now = exposition.of(server)
    told = {}
    for name, kind, labels, meaning in ROW.findall((sandgate.REPOSITORY / "docs/operations.md").read_text()):
        told[name] = (kind, set(re.findall(r"`(\w+)`", labels)), meaning)
    assert told == {name: (now.type[name], now.labels(name), now.help[name]) for name in now.type}


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/metrics", "/ready"])
def test_other_methods_are_no_routes(plain_server, method, path):
    assert plain_server.request(method, path)[0] == 404
