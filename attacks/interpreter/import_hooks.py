# SPDX-License-Identifier: Apache-2.0
# claim: Import hooks of a run see only its own imports, and stay in it.
# expected: absent
# origin: sys.meta_path, sys.path_hooks, builtins.__import__
# outside: as nobody

import builtins
import sys

before = [type(finder).__name__ for finder in sys.meta_path if getattr(finder, "of_an_attack", False)]
seen = []


class Finder:
    of_an_attack = True

    def find_spec(self, name, path=None, target=None):
        seen.append(name)


sys.meta_path.insert(0, Finder())
old = builtins.__import__
builtins.__import__ = lambda name, *rest: (seen.append(name), old(name, *rest))[1]
import colorsys
builtins.__import__ = old
if STAGE["outside"]:
    before = [type(finder).__name__ for finder in sys.meta_path if getattr(finder, "of_an_attack", False)]
print(f"ESCAPED: hooks of an earlier program: {before}" if before else f"HELD: saw {seen}")
