# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the trace suite: a server whose operator traces and lets requests choose a profile."""

import sys
from pathlib import Path

import pytest
import sandgate

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tracing import CONFIG  # noqa: E402


@pytest.fixture(scope="session")
def tracing_server(mode):
    """A server in `mode` with an admin key; profiles are read from <folder>/profiles."""
    with sandgate.Server(mode=mode, config=CONFIG) as running:
        (running.folder / "profiles").mkdir()
        yield running
    assert not running.leftovers, "processes outlived the server"
