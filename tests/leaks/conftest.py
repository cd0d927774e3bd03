# SPDX-License-Identifier: Apache-2.0
"""What the suite shares: where to find its tables and the attackers' prelude of tests/isolation."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "isolation")]
