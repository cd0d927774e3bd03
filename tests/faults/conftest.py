# SPDX-License-Identifier: Apache-2.0
"""What the suite shares: its helpers and those of tests/isolation."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "isolation")]


@pytest.fixture(scope="session")
def layers(server):
    """The layers that replies list in this mode."""
    return set(server.run("python3", "pass")["data"]["isolation"]["layers"])
