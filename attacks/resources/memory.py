# SPDX-License-Identifier: Apache-2.0
# claim: A run that takes memory without end is stopped at its limit.
# expected: limit out_of_memory
# origin: classic
# outside: as nobody

blocks = []
try:
    blocks.append(bytes(10 << 30 if not STAGE["outside"] else 1 << 30))  # pages that nobody touches: no harm
    print(f"ESCAPED: {len(blocks[0]) >> 30} GiB in one piece")
except MemoryError:
    print("HELD: MemoryError")
