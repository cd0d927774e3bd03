# SPDX-License-Identifier: Apache-2.0
"""What a terminal sends to all processes in it, Ctrl-C among it, is for the server alone: runs end first."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sandgate

LONG = "import time\nprint('begun', flush=True)\ntime.sleep(4)\nprint('whole')"


@pytest.mark.parametrize("spawner", ["auto", "exec"])
def test_ctrl_c_lets_a_run_end_and_no_spawner_dies_of_it(make_server, spawner):
    server = make_server(config={"worker_timeout": 30}, env={"SANDGATE_PYTHON_SPAWNER": spawner})
    assert os.getpgid(server.pid) == server.pid
    server.run("python3", "pass")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(server.run, "python3", LONG)
        time.sleep(1)
        os.killpg(server.pid, signal.SIGINT)
        server.wait_log("draining")
        assert not run.done(), "too slow to tell"
        assert run.result()["data"]["stdout"] == "begun\nwhole\n"
    assert server.wait_exit() == 0
    assert [line for line in server.log_since("draining") if line.get("level") in ("warn", "error")] == []


def test_spawners_have_no_terminal_in_common_with_the_server(make_server):
    server = make_server()
    server.run("python3", "pass")
    spawners = server.spawners()
    assert spawners and all(os.getsid(pid) != os.getsid(server.pid) for pid in spawners)
