# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot watch what others do with foreign files (inotify, fanotify, dnotify).
# expected: refused
# origin: inotify_add_watch needs read permission only; Landlock does not look at it
# outside: as root

import fcntl
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


INOTIFY_ADD_WATCH = {"x86_64": 254, "aarch64": 27}[os.uname().machine]
FANOTIFY_INIT = {"x86_64": 300, "aarch64": 262}[os.uname().machine]
FANOTIFY_MARK = {"x86_64": 301, "aarch64": 263}[os.uname().machine]
seen, got = [], []
watcher = libc.inotify_init1(0)
seen.append(call(INOTIFY_ADD_WATCH, watcher, STAGE["secret_dir"].encode(), 0xFFF))
if watcher >= 0 and seen[-1] != "EPERM":
    with open(f"/proc/self/fdinfo/{watcher}") as file:
        got += [line.strip() for line in file if line.startswith("inotify wd")]
group = call(FANOTIFY_INIT, 0, 0)
seen.append(group)
if isinstance(group, int):
    seen.append(call(FANOTIFY_MARK, group, 1, 0x20, -100, STAGE["secret_dir"].encode()))
    with open(f"/proc/self/fdinfo/{group}") as file:
        got += [line.strip() for line in file if " ino:" in line]
try:
    fd = os.open(STAGE["secret_dir"], os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_ACCESS)
    got.append("dnotify is set")
except OSError as error:
    seen.append(error.strerror)
print(f"ESCAPED: watching {got}" if got else f"HELD: {seen}")
