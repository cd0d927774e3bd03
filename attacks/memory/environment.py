# SPDX-License-Identifier: Apache-2.0
# claim: No variable of the server's environment reaches a run, neither by os.environ nor by the kernel's copy.
# expected: absent
# origin: classic
# outside: as nobody

import ctypes
import os

if STAGE["outside"]:
    os.environ["OPERATORS_KEY"] = STAGE["mark"]
names = {name.encode() for name in os.environ}
try:
    with open("/proc/self/environ", "rb") as file:
        names |= {part.split(b"=")[0] for part in file.read().split(b"\0") if part}
except OSError:
    pass
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
index = 0
while environ and environ[index]:
    names.add(environ[index].split(b"=")[0])
    index += 1
bad = sorted(name for name in names if any(word in name.upper() for word in (b"KEY", b"SECRET", b"TOKEN", b"PASSWORD")))
print(f"ESCAPED: {bad}" if bad else f"HELD: {sorted(names)}")
