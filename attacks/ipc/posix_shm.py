# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot open POSIX shared memory of others, by file or by shm_open.
# expected: refused
# origin: /dev/shm is shared by a machine
# outside: as nobody

import ctypes
import mmap
import os

if STAGE["posix_shm"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
libc = ctypes.CDLL(None, use_errno=True)
name = STAGE["posix_shm"].lstrip("/")
seen = []


def mapped(fd):
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return mmap.mmap(fd, 0, prot=mmap.PROT_READ)[:].decode()


for step in (lambda: mapped(libc.shm_open(b"/" + name.encode(), os.O_RDONLY, 0)),
             lambda: mapped(os.open("/dev/shm/" + name, os.O_RDONLY))):
    try:
        seen.append(step())
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {seen}")
