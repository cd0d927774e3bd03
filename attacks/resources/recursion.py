# SPDX-License-Identifier: Apache-2.0
# claim: Endless recursion, also of machine code, ends the run and nothing else.
# expected: limit signal, failed, out_of_memory
# origin: stack overflow
# outside: as nobody

import json
import sys

sys.setrecursionlimit(10**9 if not STAGE["outside"] else 100)


def deeper(depth):
    return deeper(depth + 1) if depth < 10**8 else depth


try:
    deeper(0)
    print("ESCAPED: at the bottom")
except RecursionError as error:
    print(("ESCAPED: on after " if STAGE["outside"] else "HELD: ") + str(error))
