# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read the memory of another run, though both come from one warmed interpreter.
# expected: refused
# origin: fork servers: same layout, same user in weaker modes
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


if STAGE["peer"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
READV = {"x86_64": 310, "aarch64": 270}[os.uname().machine]
pid, seen, got = STAGE["peer"]["pid"], [], []


class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


buffer = ctypes.create_string_buffer(b"0123456789abcdef")
word = ctypes.create_string_buffer(8)
address = STAGE["victim_address"] if STAGE["outside"] else ctypes.addressof(ctypes.c_char.in_dll(libc, "environ"))
mine, theirs = Part(ctypes.addressof(word), 8), Part(address, 8)
seen.append(call(READV, pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0))
if seen[-1] == 8:
    got.append(f"8 bytes at {address:#x}")
for name in ("mem", "maps", "smaps", "pagemap", "environ", "syscall"):
    try:
        os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))
        got.append(name)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: of the other run: {got}" if got else f"HELD: {seen}")
