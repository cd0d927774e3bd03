# SPDX-License-Identifier: Apache-2.0
"""Claim: a wall clock that is set while runs go on ends none too early, none too late, and closes no connection.

The server's clock jumps, not the machine's: tests/tools/clock_jump.cc.
"""

import datetime
import json

import attack
import pytest
import sandgate
import service

DAY = 24 * 3600


@pytest.fixture
def jumping(mode, tmp_path):
    """(server, jump): jump(SECONDS) sets its wall clock so much ahead or back."""
    if mode.startswith("rootless"):
        pytest.skip("the library cannot be read by that user")
    clock = tmp_path / "clock"
    clock.write_text("0")
    env = {"LD_PRELOAD": str(sandgate.build_dir() / "tests/clock_jump.so"), "SANDGATE_TEST_CLOCK": str(clock)}
    with sandgate.Server(mode=mode, config={"worker_timeout": 4, "max_workers": 4}, env=env) as server:
        yield server, lambda seconds: clock.write_text(str(seconds))
    assert not server.leftovers


def hours_ahead(server) -> int:
    """How far the clock of the latest log line is ahead."""
    told = datetime.datetime.fromisoformat(server.log_lines()[-1]["time"].replace("Z", "+00:00"))
    return round((told - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3600)


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_deadlines_do_not_follow_the_wall_clock(jumping, jump):
    server, set_clock = jumping
    service.wait_for_service(server)
    connection = server.connect()
    connection.request("GET", "/health")
    assert connection.getresponse().read()
    names = [attack.unique(kind) for kind in ("short", "long")]
    short = attack.Background(server, "name_process(name); time.sleep(1.5); print('whole')", name=names[0])
    endless = attack.Background(server, "name_process(name); time.sleep(600)", name=names[1])
    for name in names:
        attack.wait_named(name)
    set_clock(jump)
    assert (short.data()["outcome"], short.data()["stdout"]) == ("ok", "whole\n")
    assert endless.data()["outcome"] == "timeout"
    connection.request("GET", "/health")
    assert json.loads(connection.getresponse().read()) == "ok"
    connection.close()
    service.wait_for_service(server)
    assert hours_ahead(server) == jump // 3600, "the clock did not jump"


def test_requests_are_served_while_the_wall_clock_jumps(jumping):
    server, set_clock = jumping
    with service.Clients(server) as clients:
        for seconds in (DAY, -DAY, 3600, -1, 0, 10 * 365 * DAY, 0):
            set_clock(seconds)
            clients.wait_for("served", 3)
    clients.check()
    service.wait_for_service(server)
