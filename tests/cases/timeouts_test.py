# SPDX-License-Identifier: Apache-2.0
"""Programs that take long: one limit, named where it is reached, and no second one behind it."""

import pytest
from programs import data_of, stdout_of

SLOW = {
    "a python loop": ("python3", "while True: pass"),
    "a python sleep": ("python3", "import time\ntime.sleep(3600)"),
    "python threads": ("python3", "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()"),
    "python that ignores signals": ("python3", "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(3600)"),
    "a node loop": ("nodejs", "while (true) {}"),
    "a node timer": ("nodejs", "setInterval(() => {}, 1000)"),
    "a promise chain": ("nodejs", "const f = () => Promise.resolve().then(f); f()"),
    "a regular expression": ("python3", "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')"),
}


@pytest.fixture
def quick_server(make_server):
    return make_server({"worker_timeout": 1})


@pytest.mark.parametrize("language,code", SLOW.values(), ids=SLOW)
def test_the_limit_is_named(quick_server, language, code):
    data = data_of(quick_server, language, code)
    assert (data["outcome"], data["exit_code"]) == ("timeout", -1)
    assert data["error"].startswith("process exited with code -1\nerror: timeout\nThe run was ended after 1 s")
    assert "worker_timeout in conf/config.yaml (environment WORKER_TIMEOUT)" in data["error"]
    assert "operation not permitted" not in data["error"]


def test_what_was_printed_is_kept(quick_server):
    data = data_of(quick_server, "python3", "import sys\nprint('so far')\nprint('note', file=sys.stderr)\nwhile True: pass")
    assert (data["stdout"], data["stderr"]) == ("so far\n", "note\n")


def test_a_higher_limit_is_honoured(make_server):
    code = "import time\ntime.sleep(1.5)\nprint('done')"
    assert data_of(make_server({"worker_timeout": 1}), "python3", code)["outcome"] == "timeout"
    assert stdout_of(make_server({"worker_timeout": 20}), "python3", code) == "done\n"


def test_the_environment_sets_the_limit_too(make_server):
    code = "import time\ntime.sleep(1.5)\nprint('done')"
    server = make_server({"worker_timeout": 1}, env={"WORKER_TIMEOUT": "20"})
    assert stdout_of(server, "python3", code) == "done\n"


def test_no_hidden_limit_on_processor_time(make_server):
    code = "import time\nend = time.process_time() + 6\nwhile time.process_time() < end: sum(range(1000))\nprint('done')"
    assert stdout_of(make_server({"worker_timeout": 60}), "python3", code) == "done\n"


def test_eleven_thousand_rows(server):
    code = """
        import json, re
        rows = [{'id': n, 'text': f'row {n} of many'} for n in range(11000)]
        print(sum(int(re.search(r'\\d+', json.loads(json.dumps(row))['text'])[0]) for row in rows))
        """
    assert stdout_of(server, "python3", code) == f"{sum(range(11000))}\n"


@pytest.mark.modes("full", "container", "container-no-landlock", "rootless-userns")
def test_all_processes_of_the_run_are_ended(make_server):
    server = make_server({"worker_timeout": 1, "allow_processes": True})
    data_of(server, "python3", "print(1)")
    before = server.counters_at_rest()
    data = data_of(server, "python3", "import subprocess\nsubprocess.run(['sleep', '3600'])")
    assert data["outcome"] == "timeout"
    assert server.wait_settled(before)["children"] <= before["children"]


def test_waiting_in_the_queue_does_not_count(make_server):
    server = make_server({"worker_timeout": 4, "max_workers": 1})
    code = "import time\ntime.sleep(1)\nprint('done')"
    replies = server.run_many([("python3", code)] * 6)
    assert [reply["data"]["error"] for reply in replies] == [""] * 6
