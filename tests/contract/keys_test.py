# SPDX-License-Identifier: Apache-2.0
"""Several API keys: bounds of each, turns between them, and what is told of them where."""

import json
import subprocess

import exposition
import pytest
import sandgate

RUN = "/v1/sandbox/run"
LONG = "import time; time.sleep(60)"
SECRETS = {"team-a": "secret-of-a-0123456789", "team-b": "secret-of-b-0123456789"}


def keys(**of_a) -> list:
    return [{"name": "team-a", "key": SECRETS["team-a"], **of_a}, {"name": "team-b", "key": SECRETS["team-b"]}]


def send(server, name: str, code: str):
    """A request of that key on a connection of its own, which the caller closes."""
    body = json.dumps({"language": "python3", "code": code}).encode()
    head = (f"POST {RUN} HTTP/1.1\r\nHost: sandgate\r\nX-Api-Key: {SECRETS[name]}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    return server.raw(head.encode() + body)


def run_as(server, key: str, code: str = "print('ran')"):
    status, headers, body = server.request("POST", RUN, {"language": "python3", "code": code}, {"X-Api-Key": key})
    return status, headers, json.loads(body) if body else None


def wait_lane(server, name: str, running: int, waiting: int):
    def is_so():
        now = exposition.of(server)
        return (now.value("sandgate_runs_in_progress", key=name) == running
                and now.value("sandgate_queue_depth", key=name) == waiting)
    sandgate.wait_for(is_so, 30, f"{running} runs of {name} and {waiting} that wait")


def finished(server) -> list:
    """Names of the keys whose runs have ended well, in that order."""
    return [line["key_name"] for line in server.log_lines() if line.get("outcome") == "ok"]


def test_each_key_opens_and_only_its_name_is_logged(start_server):
    server = start_server({"keys": keys()})
    for key in (server.key, *SECRETS.values()):
        assert run_as(server, key)[2]["data"]["stdout"] == "ran\n"
    for wrong in ("", "team-a", SECRETS["team-a"][:-1], SECRETS["team-a"] + SECRETS["team-b"], "x" * 60000):
        assert run_as(server, wrong)[0] == 401, wrong[:40]
    assert finished(server) == ["default", "team-a", "team-b"]
    log = server.stdout_file.read_text() + server.stderr() + (server.folder / "logs/app.log").read_text()
    assert not [name for name, secret in SECRETS.items() if secret in log]


def test_a_key_that_is_full_leaves_the_others_alone(start_server):
    server = start_server({"keys": keys(max_requests=1), "worker_timeout": 300})
    with send(server, "team-a", LONG):
        wait_lane(server, "team-a", 1, 0)
        status, headers, reply = run_as(server, SECRETS["team-a"])
        assert (status, headers["retry-after"], reply["code"]) == (503, "1", -503)
        assert reply["message"] == "Too many requests of this API key"
        assert run_as(server, SECRETS["team-b"])[0] == 200
        assert exposition.of(server).value("sandgate_refused_requests_total", reason="key_full") == 1
    sandgate.wait_for(lambda: run_as(server, SECRETS["team-a"])[0] == 200, 20, "the place of the client that left")


def test_a_key_never_takes_more_than_its_workers(start_server):
    server = start_server({"keys": keys(max_workers=1), "max_workers": 2, "worker_timeout": 300})
    with send(server, "team-a", LONG), send(server, "team-a", LONG):
        wait_lane(server, "team-a", 1, 1)
        for _ in range(3):
            assert run_as(server, SECRETS["team-b"])[2]["data"]["stdout"] == "ran\n", "one worker is left for others"
        wait_lane(server, "team-a", 1, 1)


def test_a_flood_delays_others_by_what_has_begun_only(start_server):
    server = start_server({"keys": keys(), "max_workers": 1, "worker_timeout": 300})
    first = send(server, "team-a", LONG)
    wait_lane(server, "team-a", 1, 0)
    waiting = [send(server, "team-a", "pass") for _ in range(5)]
    wait_lane(server, "team-a", 1, 5)
    waiting += [send(server, "team-b", "pass") for _ in range(2)]
    wait_lane(server, "team-b", 0, 2)
    first.close()
    for connection in waiting:
        with connection:
            while connection.recv(65536):
                pass
    assert finished(server) == ["team-b", "team-a", "team-b", "team-a", "team-a", "team-a", "team-a"]


def test_a_client_that_leaves_is_taken_out_of_its_keys_queue(start_server):
    server = start_server({"keys": keys(), "max_workers": 1, "worker_timeout": 300})
    with send(server, "team-b", LONG):
        wait_lane(server, "team-b", 1, 0)
        with send(server, "team-a", LONG):
            wait_lane(server, "team-a", 0, 1)
        wait_lane(server, "team-a", 0, 0)
        assert exposition.of(server).value("sandgate_requests_under_way", key="team-a") == 0
    assert run_as(server, SECRETS["team-a"])[0] == 200


# --- the configuration

A = {"name": "a", "key": "k-a"}
BAD = {
    "two names alike": ([A, {"name": "a", "key": "k-b"}], "a name that no other key has"),
    "two keys alike": ([A, {"name": "b", "key": "k-a"}], "another one than that of a"),
    "the key of app.key": ([{"name": "a", "key": "main"}], "must be another one than app.key"),
    "the admin's key": ([{"name": "a", "key": "admin"}], "must be another one than app.admin_key"),
    "the metrics' key": ([{"name": "a", "key": "scrape"}], "must be another one than metrics.key"),
    "an empty key": ([{"name": "a", "key": ""}], "an empty value"),
    "a key with a line break": ([{"name": "a", "key": "k\nb"}], "a usable key"),
    "no key": ([{"name": "a"}], "it needs name and key"),
    "no name": ([{"key": "k-a"}], "it needs name and key"),
    "a name with a blank": ([{"name": "team a", "key": "k-a"}], "the name of a key"),
    "the name of app.key": ([{"name": "default", "key": "k-a"}], "the name of a key"),
    "an unknown field": ([{**A, "max_worker": 1}], '"max_worker"'),
    "an unknown limit": ([{**A, "limits": {"memory": 1}}], '"memory"'),
    "no worker": ([{**A, "max_workers": 0}], "a whole number from 1 to 1024 (max_workers of the key a)"),
    "a limit that is no number": ([{**A, "limits": {"memory_mb": "much"}}], "limits.memory_mb of the key a"),
    "a limit too high": ([{**A, "limits": {"memory_mb": 4096}}], "more than limits.memory_mb (1024)"),
    "more time than there is": ([{**A, "limits": {"wall_seconds": 6}}], "more than worker_timeout (5)"),
    "limits as a list": ([{**A, "limits": [1]}], "a map of limits"),
    "a map": ({"a": "k-a"}, "a list of at most"),
    "a text": ("k-a", "a list of at most"),
    "a list of texts": (["k-a"], "a list of maps"),
}


def effective(tmp_path, wanted) -> subprocess.CompletedProcess:
    app = {"key": "main", "admin_key": "admin"}
    file = tmp_path / "c.yaml"
    file.write_text(json.dumps({"app": app, "metrics": {"key": "scrape"}, "keys": wanted}))
    return subprocess.run([sandgate.binary(), "config", "--effective", "--config", file], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": "/usr/bin:/bin"}, check=False)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_list_of_keys_stops_the_start_and_shows_no_key(tmp_path, name):
    wanted, told = BAD[name]
    done = effective(tmp_path, wanted)
    assert done.returncode == 1
    assert told in done.stderr
    assert all(str(tmp_path / "c.yaml") + ":1" in line for line in done.stderr.splitlines())
    assert "k-a" not in done.stderr and "k-b" not in done.stderr and "k\\nb" not in done.stderr


def test_the_effective_configuration_names_keys_and_does_not_show_them(tmp_path):
    done = effective(tmp_path, [{**A, "max_workers": 1, "limits": {"stdout_bytes": "1KiB"}}, {"name": "b", "key": "k-b"}])
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("keys "))
    assert " a, b " in line
    assert "k-a" not in done.stdout and "k-b" not in done.stdout and "scrape" not in done.stdout


LIMITS = """
import json, resource, os
space = os.statvfs('/tmp')
print(json.dumps({name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name))
                  for name in ('DATA', 'NPROC', 'NOFILE', 'FSIZE')} | {'tmp': space.f_blocks * space.f_frsize}))
"""


@pytest.mark.parametrize("spawner", ["auto", "exec"])
def test_limits_of_a_key_are_in_force_without_limits_in_the_request(make_server, spawner):
    limits = {"memory_mb": 64, "processes": 20, "open_files": 40, "file_mb": 1, "scratch_mb": 2}
    server = make_server(config={"keys": keys(limits=limits)}, env={"SANDGATE_PYTHON_SPAWNER": spawner})
    for _ in range(3):  # also of a child that waited for a run
        data = run_as(server, SECRETS["team-a"], LIMITS)[2]["data"]
        seen = json.loads(data["stdout"])
        assert [seen["DATA"], seen["NOFILE"], seen["FSIZE"]] == [[64 << 20] * 2, [40] * 2, [1 << 20] * 2], data
        assert seen["NPROC"][1] <= 21
        assert seen["tmp"] <= 2 << 20 or data["isolation"]["mode"] != "full"  # elsewhere the server looks
    of_b = json.loads(run_as(server, SECRETS["team-b"], LIMITS)[2]["data"]["stdout"])
    assert of_b["DATA"] == [1 << 30] * 2


def test_a_limit_of_a_key_is_told_as_that_of_the_key(make_server):
    server = make_server(config={"keys": keys(limits={"wall_seconds": 1, "open_files": 40})})
    slow = run_as(server, SECRETS["team-a"], LONG)[2]["data"]
    assert slow["outcome"] == "timeout" and "limits.wall_seconds of the API key" in slow["error"]
    assert slow["limit"]["setting"] == "keys"
    full = run_as(server, SECRETS["team-a"], "files = [open('/dev/null') for _ in range(100)]")[2]["data"]
    assert full["denied"][-1]["fix"].startswith("cannot be allowed: the API key has it"), full["denied"]
