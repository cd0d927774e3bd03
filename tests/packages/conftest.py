# SPDX-License-Identifier: Apache-2.0
"""The suite packages: packages that people use, installed by the server and used in a run, with the default policy and
limits (but for the time, of which a busy machine needs more).

It installs some gigabytes from registries and is no part of `./dev test`: `./dev packages`.
"""

import environment
import pytest


@pytest.fixture(scope="session")
def around():
    with environment.surroundings() as places:
        yield places


@pytest.fixture(scope="session")
def server(mode, around):
    """A server with the packages, and with nothing else set that a program would notice."""
    with environment.serve(around["DATA"], mode) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"
