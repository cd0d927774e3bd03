# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read keys that are in keyrings of others.
# expected: refused
# origin: keyrings are not in a namespace: CVE-2016-0728, containers that read the host's keys
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


if STAGE["key_id"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
KEYCTL = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
buffer = ctypes.create_string_buffer(200)
size = call(KEYCTL, 11, STAGE["key_id"], buffer, 200)  # KEYCTL_READ
text = buffer.value.decode("latin-1")
described = call(KEYCTL, 6, STAGE["key_id"], buffer, 200)  # KEYCTL_DESCRIBE
got = STAGE["mark"] in text or isinstance(described, int)
print(f"ESCAPED: read {text}, described {buffer.value}" if got else f"HELD: {size} {described}")
