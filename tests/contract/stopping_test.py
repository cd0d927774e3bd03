# SPDX-License-Identifier: Apache-2.0
"""A server that is stopped: runs get their time, who is cut off is told so, and the log tells what happened."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import exposition
import pytest
import sandgate

RUN = "/v1/sandbox/run"
LONG = "open('kept', 'w').write('x' * 100000); import time; time.sleep(300)"
FOREVER = 3600
ENDED = "the server is stopping; the run was ended"
NOT_RUN = "the server is stopping; the program was not run"


def counts(server) -> tuple:
    """(running, waiting), as the metrics tell."""
    samples = exposition.of(server)
    running = samples.value("sandgate_runs_in_progress", key="default")
    return running, samples.value("sandgate_queue_depth", key="default")


class Runs:
    """`count` runs of LONG that have been sent; then ask for .answers()."""

    def __init__(self, server, count: int, headers=None):
        self.pool = ThreadPoolExecutor(count)
        body = {"language": "python3", "code": LONG}
        self.futures = [self.pool.submit(server.request, "POST", RUN, body, headers) for _ in range(count)]
        workers = server.config["max_workers"]
        want = (min(count, workers), max(count - workers, 0))
        sandgate.wait_for(lambda: counts(server) == want, 30, f"{want} runs")

    def answers(self) -> list:
        """(status, parsed reply) of each."""
        with self.pool:
            got = [future.result() for future in self.futures]
        assert all(headers["retry-after"] for status, headers, _ in got if status == 503)
        return [(status, json.loads(body)) for status, _, body in got]


def stop_with(server, *signals):
    for one in signals:
        server.process.send_signal(one)
        server.wait_log("draining")
    assert server.wait_exit() == 0


def served(drain_timeout: int) -> dict:
    return {"max_workers": 2, "worker_timeout": FOREVER, "server": {"drain_timeout": drain_timeout}}


@pytest.mark.parametrize("how, drain_timeout, signals", [
    ("server.drain_timeout", 1, [signal.SIGTERM]),
    ("a second signal", FOREVER, [signal.SIGTERM, signal.SIGTERM]),
    ("a second signal", FOREVER, [signal.SIGINT, signal.SIGTERM])])
def test_who_is_cut_off_is_told_so(start_server, how, drain_timeout, signals):
    server = start_server(served(drain_timeout))
    runs = Runs(server, 3)
    stop_with(server, *signals)
    answers = runs.answers()
    assert sorted((status, reply["code"], reply["message"]) for status, reply in answers) == [
        (503, -503, NOT_RUN), (503, -503, ENDED), (503, -503, ENDED)]
    assert all(reply["data"] is None for _, reply in answers)
    log = server.log_since("draining")
    begin, end = log[0], next(line for line in log if line["msg"].startswith("drained"))
    assert (begin["signal"], begin["running"], begin["waiting"]) == (signals[0], 2, 1)
    assert begin["at_most_seconds"] == drain_timeout and "second signal" in begin["hint"]
    assert (end["msg"], end["ended"], end["not_begun"], end["reason"]) == ("drained: runs were ended", 2, 1, how)
    told = sorted((line["status"], line["message"]) for line in log if line.get("path") == RUN)
    assert told == [(503, NOT_RUN), (503, ENDED), (503, ENDED)]
    assert not [line for line in log if line["level"] == "error"], log


def test_it_is_told_in_the_language_of_the_request(start_server):
    server = start_server(served(0))
    runs = Runs(server, 1, {"Accept-Language": "zh"})
    stop_with(server, signal.SIGTERM)
    assert "服务器正在停止" in runs.answers()[0][1]["message"]


def test_runs_that_end_in_time_are_answered_as_ever(start_server):
    server = start_server({"max_workers": 1, "server": {"drain_timeout": FOREVER}})
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(server.run, "python3", "import time; time.sleep(2); print(1)") for _ in range(2)]
        sandgate.wait_for(lambda: counts(server) == (1, 1), 30, "a run and one that waits")
        stop_with(server, signal.SIGTERM)
        assert [future.result()["data"]["stdout"] for future in futures] == ["1\n", "1\n"]
    log = server.log_since("draining")
    assert (log[0]["running"], log[0]["waiting"]) == (1, 1)
    assert [line["msg"] for line in log[-2:]] == ["drained: all runs have ended", "stopped"]
    assert not [line for line in log if line["level"] in ("warn", "error")], log


def test_who_leaves_while_the_server_drains_has_left(start_server):
    server = start_server(served(FOREVER))
    body = json.dumps({"language": "python3", "code": LONG}).encode()
    head = (f"POST {RUN} HTTP/1.1\r\nHost: sandgate\r\nX-Api-Key: {server.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    with server.raw(head.encode() + body):
        sandgate.wait_for(lambda: counts(server)[0] == 1, 30, "the run")
        server.process.send_signal(signal.SIGTERM)
        server.wait_log("draining")
    assert server.wait_exit() == 0
    log = server.log_since("draining")
    line = next(line for line in log if line.get("path") == RUN)
    assert (line["status"], line["message"]) == (499, "the client left")
    assert any(line["msg"] == "drained: all runs have ended" for line in log)


def test_a_server_that_is_stopped_while_it_warms_up_ends_well(start_server):
    """A self-test that began after runs had been ended outlived the server's parts: a crash, or a loop without end. And
    one that was ended was told as a fork server that fails."""
    for step in range(16):
        server = start_server({"server": {"drain_timeout": 5}}, env={"SANDGATE_WARM_UP": "at_start"})
        time.sleep(0.02 * step)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit() == 0, f"{0.02 * step:.2f} s after its start"
        told = [line for line in server.log_since("draining") if line["level"] in ("warn", "error")]
        assert not told, told


def test_a_second_signal_leaves_nothing_behind(make_server):
    server = make_server(config=served(FOREVER))
    runs = Runs(server, 3)
    below, cgroups = server.children(), server.cgroups()
    assert below
    stop_with(server, signal.SIGTERM, signal.SIGTERM)
    assert [status for status, _ in runs.answers()] == [503] * 3
    sandgate.wait_for(lambda: not any(sandgate.read_stat(pid) for pid in below), 20, "all processes to end")
    assert not server.scratch_files()
    assert not [folder for folder in cgroups if folder.exists()]
