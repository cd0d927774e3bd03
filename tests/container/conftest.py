# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the container tests: the whole folder is skipped, with the reason, where podman cannot run.

SANDGATE_TEST_REQUIRE_CONTAINER=1 makes that a failure instead.
"""

import os
import sys
from pathlib import Path

import container
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dependencies"))  # packages.py

PROFILES = ["podman", "docker"]


@pytest.fixture(scope="session")
def containers_work():
    reason = container.why_not()
    if reason and os.environ.get("SANDGATE_TEST_REQUIRE_CONTAINER"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session", params=PROFILES)
def container_server(request, containers_work):
    """One server in a container per profile, shared by the tests of the session."""
    with container.ContainerServer(profile=request.param) as running:
        yield running


@pytest.fixture(params=PROFILES)
def make_container(request, containers_work):
    """make_container(config, env, arguments, configured): a container of this test's own."""
    started = []

    def make(**given):
        running = container.ContainerServer(profile=request.param, **given)
        started.append(running)
        return running.start()

    yield make
    for running in reversed(started):
        running.close()
