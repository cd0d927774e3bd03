# SPDX-License-Identifier: Apache-2.0
"""Claim: a run that may start processes starts no more in a second than limits.forks_per_second: what comes
earlier waits and fails not, whatever signals arrive.

Origin: the kernel copies processes and takes them down under locks that all interpreters have in common. Two runs
that did nothing else made others wait for 20 s.
"""

import json

import attack
import pytest

PACE = 5
ADMIN_KEY = "admin-key-of-the-forks"
FORKS = """
begin = time.monotonic()
for _ in range(12):
    child = os.fork()
    if child == 0: os._exit(0)
    os.waitpid(child, 0)
tell(time.monotonic() - begin)
"""
AT_LEAST = (12 - PACE) / PACE - 0.01  # seconds


@pytest.fixture
def serve(make_server, layers):
    """serve(OPTION=VALUE...): a server with allow_processes."""
    if not attack.contained(layers):
        pytest.skip("processes are not allowed here")

    def start(**options):
        return make_server(config={"allow_processes": True, "worker_timeout": 60,
                                   "limits": {"forks_per_second": PACE}, **options})
    return start


def test_processes_start_at_once_up_to_a_number_and_then_in_turn(serve):
    assert attack.inside(serve(), FORKS) >= AT_LEAST


def test_programs_count(serve):
    program = FORKS.replace("child = os.fork()", "subprocess.run(['/bin/true'], check=True)\n    continue")
    assert attack.inside(serve(), "import subprocess\n" + program) >= AT_LEAST


def test_programs_of_nodejs_count(serve):
    code = """
const begin = performance.now();
for (let i = 0; i < 12; ++i) require('child_process').execFileSync('/bin/true');
console.log((performance.now() - begin) / 1e3);
"""
    data = serve().run("nodejs", code)["data"]
    assert data["outcome"] == "ok" and float(data["stdout"]) >= AT_LEAST, data


def test_zero_is_no_such_limit(serve):
    server = serve(limits={"forks_per_second": 0}, worker_timeout=30)
    assert attack.inside(server, FORKS.replace("12", "4000")) > 0  # the default would take 39 s


def test_a_request_lowers_it(serve):
    server = serve(limits={})
    body = {"language": "python3", "code": attack.text_of(FORKS), "limits": {"forks_per_second": PACE}}
    reply = json.loads(server.request("POST", "/v1/sandbox/run", body)[2])
    assert attack.value_of(reply["data"]["stdout"], reply) >= AT_LEAST


def test_threads_do_not_count(serve):
    program = """
import threading
threads = [threading.Thread(target=time.sleep, args=(0.1,)) for _ in range(50)]
for thread in threads: thread.start()
for thread in threads: thread.join()
tell("all")
"""
    assert attack.inside(serve(limits={"forks_per_second": 1}, worker_timeout=20), program) == "all"


def test_signals_do_not_end_the_wait(serve):
    program = """
import signal
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
""" + FORKS.replace("tell(", "signal.setitimer(signal.ITIMER_REAL, 0)\ntell(len(seen) > 5 and ")
    assert attack.inside(serve(), program) >= AT_LEAST


def test_a_timeout_tells_of_processes_that_waited(serve):
    server = serve(worker_timeout=2)
    data = attack.data_of(server, FORKS.replace("12", "100"))
    assert data["outcome"] == "timeout" and "had to wait for limits.forks_per_second" in data["error"], data
    assert "forks_per_second" not in attack.data_of(server, "time.sleep(9)")["error"]


def test_processes_of_a_trace_wait_too(make_server, layers):
    if not attack.contained(layers):
        pytest.skip("processes are not allowed here")
    server = make_server(config={"app": {"admin_key": ADMIN_KEY}, "worker_timeout": 60,
                                 "limits": {"forks_per_second": PACE}})
    body = {"language": "python3", "code": attack.text_of(FORKS), "preload": "", "enable_network": False}
    reply = json.loads(server.request("POST", "/v1/sandbox/trace", body, {"X-Api-Key": ADMIN_KEY})[2])
    assert attack.value_of(reply["data"]["stdout"], reply) >= AT_LEAST
