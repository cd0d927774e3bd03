# SPDX-License-Identifier: Apache-2.0
# claim: A run gets no input and output ports and no entry in its table of segments.
# expected: refused
# origin: iopl, ioperm; modify_ldt: CVE-2015-5157, CVE-2017-5123
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


if os.uname().machine != "x86_64":
    print("HELD: not on this machine")
    raise SystemExit
entry = (0).to_bytes(4, "little") + bytes(4) + (1).to_bytes(4, "little") + (0x41).to_bytes(4, "little")
seen = {"ioperm": call(173, 0x80, 1, 1), "iopl": call(172, 3), "modify_ldt": call(154, 17, entry, 16),
        "read the table": call(154, 0, ctypes.create_string_buffer(64), 64)}
got = [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")
