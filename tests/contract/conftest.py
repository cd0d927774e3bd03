# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the contract suite.

What a request is answered with before any program runs does not depend on the isolation mode: such tests
use `plain_server` (shared) or `start_server` (own configuration), both in the mode "full". Tests of what a
run answers use `server` and `make_server` and so are run once per mode.
"""

import pytest
import sandgate


@pytest.fixture(scope="session")
def plain_server():
    """A server with the default configuration; do not stop it."""
    with sandgate.Server() as running:
        yield running


@pytest.fixture
def start_server():
    """start_server(config, env): a server of this test's own, stopped at its end."""
    started = []

    def start(config=None, env=None):
        running = sandgate.Server(config=config, env=env)
        started.append(running)
        return running.start()

    yield start
    for running in reversed(started):
        running.close()
