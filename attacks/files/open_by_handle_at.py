# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot open files by their handle, which passes over paths and roots.
# expected: refused
# origin: "shocker", Docker breakout of 2014
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


NAME_TO_HANDLE_AT = {"x86_64": 303, "aarch64": 264}[os.uname().machine]
OPEN_BY_HANDLE_AT = {"x86_64": 304, "aarch64": 265}[os.uname().machine]
seen = []
handle = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(140))
mount = ctypes.create_string_buffer(8)
seen.append(call(NAME_TO_HANDLE_AT, -100, STAGE["secret_file"].encode(), handle, mount, 0))
guess = ctypes.create_string_buffer(b"\x08\0\0\0\x01\0\0\0\x02" + bytes(40))  # inode 2, a root folder
for start in (".", STAGE["secret_dir"], "/"):
    try:
        folder = os.open(start, os.O_RDONLY)
    except OSError:
        continue
    for each in (handle, guess):
        fd = call(OPEN_BY_HANDLE_AT, folder, each, os.O_RDONLY)
        if isinstance(fd, int) and each is handle:
            fd = "ESCAPED: read " + os.read(fd, 200).decode().strip()
        elif isinstance(fd, int):
            fd = f"ESCAPED: inode 2 is open, with {os.listdir(fd)[:5]}"
        seen.append(fd)
got = [text for text in seen if str(text).startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")
