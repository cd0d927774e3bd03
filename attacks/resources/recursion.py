# SPDX-License-Identifier: Apache-2.0
# claim: Endless recursion of machine code ends the run and nothing else.
# expected: limit signal
# origin: stack overflow
# outside: as nobody

depth = 1000000 if not STAGE["outside"] else 500
nest = ()
for _ in range(depth):
    nest = (nest,)
print(f"ESCAPED: back from a depth of {depth} with {hash(nest)}")  # hash() goes down without a look at its stack
