# SPDX-License-Identifier: Apache-2.0
# claim: What a run changes in Python's modules and builtins is not there in a later run.
# expected: absent
# origin: poisoning of a fork server's children in the hope that they are used again
# outside: as nobody

import builtins
import gc
import json
import os
import sys

name = "left_by_a_run"
holders = [builtins, json, os, sys, gc, sys.modules.get("site") or sys]
found = [holder.__name__ for holder in holders if hasattr(holder, name)] + ([name] if name in sys.modules else [])
for holder in holders:
    setattr(holder, name, "poison")
sys.modules[name] = sys
os.environ[name] = "poison"
if STAGE["outside"]:
    found = [holder.__name__ for holder in holders if hasattr(holder, name)]
print(f"ESCAPED: poison in {found}" if found else "HELD: a fresh world")
