# SPDX-License-Identifier: Apache-2.0
# claim: Endless recursion of machine code ends the run and nothing else.
# expected: limit signal, failed, out_of_memory
# origin: stack overflow
# outside: as nobody

import sys

sys.setrecursionlimit(10**6)
depth = 500000 if not STAGE["outside"] else 500
nest = []
for _ in range(depth):
    nest = [nest]
try:
    print(f"ESCAPED: back from a depth of {depth}, {len(repr(nest))} letters")
except RecursionError as error:
    print(f"HELD: {error}")
