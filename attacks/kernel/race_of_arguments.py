# SPDX-License-Identifier: Apache-2.0
# claim: Changing a call's memory while the server looks at it lets nothing through.
# expected: refused
# origin: seccomp_unotify(2): time of check to time of use
# outside: as nobody

import threading
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


EXECVE = {"x86_64": 221, "aarch64": 221}[os.uname().machine]
OPENAT = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
path = ctypes.create_string_buffer(64)
paths = [b"/nonexistent\0", STAGE["secret_file"].encode() + b"\0"]
stop = []


def swap():
    while not stop:
        for each in paths:
            ctypes.memmove(path, each, len(each))


threading.Thread(target=swap, daemon=True).start()
ACCT = {"x86_64": 163, "aarch64": 89}[os.uname().machine]
CHROOT = {"x86_64": 161, "aarch64": 51}[os.uname().machine]
seen, got = set(), []
for _ in range(25 if not STAGE["outside"] else 5000):
    fd = call(OPENAT, -100, path, 0)
    if isinstance(fd, int):
        try:
            got.append(os.read(fd, 100).decode())
            break
        except IsADirectoryError:  # half of one path and half of the other is the name of a folder
            os.close(fd)
    seen |= {fd, call(CHROOT, path), call(ACCT, path)}
stop.append(1)
print(f"ESCAPED: read {got}" if got else f"HELD: {sorted(map(str, seen))}")
