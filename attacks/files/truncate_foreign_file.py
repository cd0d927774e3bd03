# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot truncate a foreign file that everybody may write to.
# expected: refused
# origin: truncate(2) opens nothing; Landlock looks at it from ABI 3 on
# outside: as nobody

import os

size = None
try:
    size = os.stat(STAGE["writable_file"]).st_size
    os.truncate(STAGE["writable_file"], size + 1)
    grown = os.stat(STAGE["writable_file"]).st_size
    os.truncate(STAGE["writable_file"], size)
    print(f"ESCAPED: the size went from {size} to {grown} and back")
except OSError as error:
    print("HELD:", error)
