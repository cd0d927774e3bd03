# SPDX-License-Identifier: Apache-2.0
# claim: A run that prints without end is stopped at the limit of its output.
# expected: limit output_limit
# origin: the predecessor keeps all output in memory
# outside: as nobody

import sys

line = b"x" * 65535 + b"\n"
for _ in range(32 << 10 if not STAGE["outside"] else 200):  # 2 GiB
    sys.stdout.buffer.write(line)
print("ESCAPED: all is printed", flush=True)
