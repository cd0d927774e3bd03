# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot leave a key in a keyring of its user, which later runs with that user would find.
# expected: refused
# origin: user keyrings outlive processes
# outside: as nobody

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    """What a system call gave: a number, or the name of its error."""
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *values)
    return result if result >= 0 else errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))


ADD_KEY = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
KEYCTL = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
results = {}
for ring in (-2, -3, -4):  # process, session, user
    results[ring] = call(ADD_KEY, b"user", b"left-by-a-run", b"text", 4, ring)
    if isinstance(results[ring], int):
        call(KEYCTL, 9, results[ring], ring)  # KEYCTL_UNLINK
results["join"] = call(KEYCTL, 1, b"sandgate-attack")
got = [name for name, result in results.items() if isinstance(result, int)]
print(f"ESCAPED: a key was put into {got}" if got else f"HELD: {results}")
