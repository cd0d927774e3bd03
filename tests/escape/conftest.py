# SPDX-License-Identifier: Apache-2.0
"""The escape suite needs root: for the modes that it emulates and for the namespaces of its controls."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(autouse=True)
def root():
    if os.geteuid() != 0:
        pytest.skip("needs root")
