# SPDX-License-Identifier: Apache-2.0
"""Claim: what a run may use is limited as configured, going over it is named, and no neighbour notices.

Origin: fork bombs, full disks and memory leaks of user code that stopped the whole service of predecessors.
"""

import os

import attack
import pytest
import sandgate

LIMITS = {"open_files": 100, "file_mb": 2, "processes": 30, "memory_mb": 256, "scratch_mb": 5,
          "stdout_bytes": 10000, "stderr_bytes": 20000, "denied_calls": 50}
CONFIG = {"limits": LIMITS, "worker_timeout": 20}
GOOD = "time.sleep(1); open('f', 'w').write('x'); tell(sum(range(1000)))"


@pytest.fixture(scope="session")
def limited(mode):
    with sandgate.Server(mode=mode, config=CONFIG) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


def data_beside_a_neighbour(server, program: str) -> dict:
    """The program's data; a good run goes on meanwhile and must not notice."""
    neighbour = attack.Background(server, GOOD)
    data = attack.data_of(server, program)
    good = neighbour.data()
    assert (good["outcome"], good["stdout"]) == ("ok", "499500\n"), good
    return data


def test_limits_are_hard_and_as_configured(limited):
    program = """
from resource import *
tell([getrlimit(which) for which in (RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_DATA)])
"""
    expected = [100, 2 << 20, 0, 256 << 20]
    assert attack.inside(limited, program) == [[value, value] for value in expected]


def test_limits_cannot_be_raised(limited):
    program = """
import resource
names = [n for n in dir(resource) if n.startswith("RLIMIT_") and n not in ("RLIMIT_OFILE",)]
raised = []
for name in names:
    which = getattr(resource, name)
    soft, hard = resource.getrlimit(which)
    if hard != -1 and attempt(resource.setrlimit, which, (hard + 1, hard + 1)) == "done":
        raised.append(name)
tell(raised)
"""
    assert attack.inside(limited, program) == []


def test_open_files_end_in_an_error(limited):
    program = "files = []\ndef more():\n    while True: files.append(open('/dev/null'))\ntell(attempt(more))"
    assert attack.inside(limited, program) == "EMFILE"


def test_a_file_has_a_largest_size(limited):
    program = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" \
              "tell(attempt(lambda: os.truncate('f', 3 << 20) if open('f', 'w') else 0))"
    assert attack.inside(limited, program) == "EFBIG"


def test_the_scratch_directory_has_a_size(limited, needs):
    needs("tmpfs")
    program = """
def fill():
    for number in range(50):
        with open(f"f{number}", "wb") as file:
            file.write(bytes(1 << 20))
result = attempt(fill)
tell([result, sum(os.path.getsize(name) for name in os.listdir("."))])
"""
    result, size = attack.inside(limited, program)
    assert result == "ENOSPC" and size <= 5 << 20


def test_threads_have_a_largest_number(limited, needs):
    needs("unique_uid")
    program = """
import threading
stop, threads = threading.Event(), []
def more():
    while True:
        thread = threading.Thread(target=stop.wait)
        thread.start()
        threads.append(thread)
result = attempt(more)
stop.set()
tell([result, len(threads)])
"""
    data = data_beside_a_neighbour(limited, program)
    result, count = attack.value_of(data["stdout"], data)
    assert result == "RuntimeError" and 20 <= count <= 30


def test_a_fork_bomb_is_bounded_and_leaves_nothing(make_server, needs):
    needs("unique_uid")
    server = make_server(config={"allow_processes": True, "worker_timeout": 3, "limits": {"processes": 40}})
    name = attack.unique("bomb")
    program = "name_process(name)\nwhile True:\n    attempt(os.fork)\n"
    neighbour = attack.Background(server, GOOD)
    data = attack.data_of(server, program, name=name)
    assert data["outcome"] == "timeout"
    assert neighbour.data()["outcome"] == "ok"
    attack.wait_gone(name)
    assert attack.data_of(server, "tell(1)")["outcome"] == "ok"


START_MANY = """
import threading
stop = threading.Event()
count = 0
try:
    while count < 300:
        threading.Thread(target=stop.wait).start()
        count += 1
finally:
    stop.set()
    tell(count)
"""


@pytest.mark.parametrize("config, most", [
    ({}, 256),
    ({"allow_processes": True}, min(256, max(64, 32 * os.cpu_count()))),
    ({"allow_processes": True, "limits": {"processes": 150}}, 150),
], ids=["threads alone", "processes too", "as configured"])
def test_a_run_that_may_fork_has_fewer_processes_unless_told_otherwise(make_server, needs, config, most):
    """A fork bomb of hundreds of processes made other runs wait for ten seconds."""
    needs("unique_uid")
    room = {"worker_timeout": 20, "limits": {"memory_mb": 4096}}  # for stacks
    data = attack.data_of(make_server(config=sandgate.merged(room, config)), START_MANY)
    assert most - 10 <= attack.value_of(data["stdout"], data) <= most
    assert [entry["rule"] for entry in data["denied"]] == [f"limits.processes: {most}"]


def test_python_out_of_memory_is_named(limited):
    data = data_beside_a_neighbour(limited, "keep = []\nwhile True: keep.append(bytearray(8 << 20))")
    assert data["outcome"] == "out_of_memory"
    assert "MemoryError" in data["stderr"] and "256 MiB" in data["error"] and "limits.memory_mb" in data["error"]


def test_one_allocation_that_is_too_large_is_named(limited):
    data = attack.data_of(limited, "bytearray(10 << 30)")
    assert data["outcome"] == "out_of_memory" and "limits.memory_mb" in data["error"]


def test_node_out_of_memory_is_named(limited):
    reply = limited.run("nodejs", "const keep = []; for (;;) keep.push(new Array(100000).fill(keep.length + 0.5));")
    data = reply["data"]
    assert data["outcome"] == "out_of_memory", data
    assert "limits.memory_mb" in data["error"]


@pytest.mark.parametrize("stream,limit", [("stdout", 10000), ("stderr", 20000)])
def test_output_is_cut_at_its_limit(limited, stream, limit):
    data = data_beside_a_neighbour(limited, f"while True: sys.{stream}.write('x' * 1000)")
    assert data["outcome"] == "output_limit" and len(data[stream]) == limit
    assert f"limits.{stream}_bytes" in data["error"] and str(limit) in data["error"]


@pytest.mark.skipif(attack.only_x86_64, reason="numbers of x86_64")
def test_a_flood_of_refused_calls_ends_the_run(limited):
    data = data_beside_a_neighbour(limited, "while True: call(154, 0, bytes(16), 16)")
    assert data["outcome"] == "denied_limit" and "limits.denied_calls" in data["error"]
    assert [(denial["syscall"], denial["count"]) for denial in data["denied"]] == [("modify_ldt", 50)]


@pytest.mark.skipif(attack.only_x86_64, reason="numbers of x86_64")
def test_refused_calls_of_many_threads_are_counted_together(limited):
    program = """
import threading
def flood():
    while True: call(154, 0, bytes(16), 16)
threads = [threading.Thread(target=flood) for _ in range(8)]
for thread in threads: thread.start()
"""
    assert attack.data_of(limited, program)["outcome"] == "denied_limit"


def test_no_core_file_is_written(limited):
    data = attack.data_of(limited, "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)); os.abort()")
    assert data["stdout"] == "(0, 0)\n" and data["outcome"] == "signal"
