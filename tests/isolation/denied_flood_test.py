# SPDX-License-Identifier: Apache-2.0
"""Claim: a program that makes 100,000 refused calls is ended by limits.denied_calls, and where the operator
allows so many, all are counted; neither makes another run fail, or the server grow.

Origin: every refused call is answered by the server, so a loop of them is work that a run makes for it.
"""

import attack
import pytest
import sandgate

CALLS = 100_000
FLOOD = "name_process(name)\nfor _ in range(calls): attempt(os.setuid, 4711)\ntell('at the end')"
MIXED = "for number in range(calls): attempt(os.setuid, 4711) if number % 4 else attempt(os.setgid, 4711)"
THREADS = """
import threading
threads = [threading.Thread(target=lambda: [attempt(os.chroot, "/") for _ in range(calls)]) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
NEIGHBOUR = "open('f', 'w').write('own'); print(open('f').read(), sum(range(1000)))"


@pytest.fixture(scope="module")
def patient(mode):
    """A server that lets a run make as many refused calls as the configuration can say."""
    config = {"limits": {"denied_calls": 1_000_000}, "worker_timeout": 300, "max_workers": 4}
    with sandgate.Server(mode=mode, config=config) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


def run_neighbours(server) -> int:
    """Runs beside whatever else goes on; all must be right."""
    replies = server.run_many([("python3", attack.text_of(NEIGHBOUR))] * 6)
    for reply in replies:
        assert (reply["data"]["outcome"], reply["data"]["stdout"]) == ("ok", "own 499500\n"), reply
    return len(replies)


def flood_beside_neighbours(server) -> dict:
    """The data of a run that makes CALLS refused calls; neighbours run until it has ended."""
    name = attack.unique("flood")
    flood = attack.Background(server, FLOOD, calls=CALLS, name=name)
    attack.wait_named(name)
    assert run_neighbours(server) > 0
    while not flood.ended():
        run_neighbours(server)
    return flood.data()


def counts(data: dict) -> dict:
    return {denied["syscall"]: denied["count"] for denied in data["denied"]}


def test_a_loop_of_refused_calls_ends_at_its_limit(server):
    flood = attack.Background(server, FLOOD, calls=CALLS, name=attack.unique("flood"))
    run_neighbours(server)
    data = flood.data()
    assert (data["outcome"], data["exit_code"], data["stdout"]) == ("denied_limit", -1, "")
    assert "limits.denied_calls" in data["error"] and "1000" in data["error"]
    assert counts(data) == {"setuid": 1000}


def test_all_refused_calls_are_counted_and_no_neighbour_fails(patient):
    attack.data_of(patient, FLOOD, calls=2000, name="warm")
    run_neighbours(patient)
    before = patient.rss_bytes()
    data = flood_beside_neighbours(patient)
    assert (data["outcome"], data["stdout"]) == ("ok", '"at the end"\n')
    assert counts(data) == {"setuid": CALLS}
    assert patient.rss_bytes() - before < 8 << 20


def test_each_call_has_its_own_count(patient):
    data = attack.data_of(patient, MIXED, calls=4000)
    assert (data["outcome"], counts(data)) == ("ok", {"setgid": 1000, "setuid": 3000})


def test_refused_calls_of_threads_are_all_counted(patient):
    data = attack.data_of(patient, THREADS, calls=1000)
    assert (data["outcome"], counts(data)) == ("ok", {"chroot": 8000})
