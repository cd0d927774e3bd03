# SPDX-License-Identifier: Apache-2.0
"""Many runs, at the same time and one after the other: none is lost, mixed up or killed."""

import pytest
from programs import stdout_of


def outputs(replies: list) -> list:
    for reply in replies:
        assert reply["code"] == 0 and reply["data"]["error"] == "", reply
    return [reply["data"]["stdout"] for reply in replies]


@pytest.fixture
def wide_server(make_server):
    return make_server({"max_requests": 300, "worker_timeout": 60})


def test_128_times_console_log(wide_server):
    assert outputs(wide_server.run_many([("nodejs", "console.log(123)")] * 128)) == ["123\n"] * 128


def test_every_answer_belongs_to_its_request(wide_server):
    requests = [("python3", f"print({n})") if n % 2 else ("nodejs", f"console.log({n})") for n in range(120)]
    assert outputs(wide_server.run_many(requests)) == [f"{n}\n" for n in range(120)]


def test_parallel_runs_with_threads_and_files(wide_server):
    code = """
import os, threading
open('/tmp/own.txt', 'w').write('{n}')
threads = [threading.Thread(target=lambda: sum(range(10000))) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(open('/tmp/own.txt').read(), sorted(os.listdir('/tmp')))
"""
    requests = [("python3", code.replace("{n}", str(n))) for n in range(60)]
    assert outputs(wide_server.run_many(requests)) == [f"{n} ['main.py', 'own.txt']\n" for n in range(60)]


def test_one_after_the_other(server):
    assert [stdout_of(server, "python3", "print(1)") for _ in range(50)] == ["1\n"] * 50


def test_a_run_that_crashes_harms_no_other(wide_server):
    crash = ("python3", "import ctypes\nctypes.string_at(1)")
    replies = wide_server.run_many([crash, ("python3", "print('fine')")] * 20)
    assert [reply["data"]["outcome"] for reply in replies[::2]] == ["signal"] * 20
    assert outputs(replies[1::2]) == ["fine\n"] * 20
