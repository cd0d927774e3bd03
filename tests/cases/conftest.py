# SPDX-License-Identifier: Apache-2.0
"""The cases suite: programs that users of code nodes really wrote, over HTTP, in each isolation mode.

Each file is one theme, each case is named after the behaviour that its author expected. programs.py holds
what the files share.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contract"))  # dify.py, the client's side
