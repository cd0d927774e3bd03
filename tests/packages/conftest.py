# SPDX-License-Identifier: Apache-2.0
"""The suite packages: packages that people use, installed and used in a run, with the default policy and limits (but for
the time, of which a busy machine needs more).

It installs some gigabytes from registries and is no part of `./dev test`: `./dev packages`.
"""

import environment
import pytest
import sandgate


@pytest.fixture(scope="session")
def around():
    with environment.surroundings() as places:
        yield places


@pytest.fixture(scope="session")
def installed():
    return environment.Installed()


@pytest.fixture(scope="session")
def server(mode, installed, around):
    """A server with the packages, and with nothing else set that a program would notice."""
    with sandgate.Server(config={**installed.config(around["DATA"]), "worker_timeout": 60}, mode=mode) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"
