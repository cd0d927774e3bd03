# SPDX-License-Identifier: Apache-2.0
# claim: A run does not reach the loader of modules.
# expected: refused
# origin: classic
# outside: as root

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


INIT_MODULE = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
FINIT_MODULE = {"x86_64": 313, "aarch64": 273}[os.uname().machine]
DELETE_MODULE = {"x86_64": 176, "aarch64": 106}[os.uname().machine]
# No image here is one: who gets past the permission is told ENOEXEC or ENOENT.
seen = {"init_module": call(INIT_MODULE, bytes(64), 64, b""), "finit_module": call(FINIT_MODULE, 0, b"", 0),
        "delete_module": call(DELETE_MODULE, b"sandgate_attack_none", 0x800)}
got = [name for name, result in seen.items() if result in ("ENOEXEC", "ENOENT")]
if STAGE["outside"] and seen["init_module"] == "ENOSYS":
    print("HELD: not on this machine")  # a kernel without modules
else:
    print(f"ESCAPED: past the permission: {got}" if got else f"HELD: {seen}")
