# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the explain suite: one bench of servers for all rows.

Modes are those of SANDGATE_TEST_MODES (tests/conftest.py); a row limits them to those that have its cause.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import verdict  # noqa: E402


@pytest.fixture(scope="session")
def bench():
    if os.geteuid() != 0:
        pytest.skip("a folder that runs do not see is made in /opt, by root")
    with verdict.Bench() as made:
        yield made
    assert not any(server.leftovers for server in made.servers.values()), "processes outlived a server"
