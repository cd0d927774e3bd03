# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make itself a spawner by calling the server's own library, which is in its memory.
# expected: refused
# origin: code that a fork server leaves in its children
# outside: never: the library has no use outside of a spawner

import ctypes
import os

seen, got, paths = [], [], []
try:
    with open("/proc/self/maps") as file:
        paths = sorted({line.split()[-1] for line in file if "sandgate" in line})
except OSError as error:
    seen.append(error.strerror)
before = os.getpid()
for path in paths:
    try:
        library = ctypes.PyDLL(path)
        seen.append(path.rpartition("/")[2])
    except OSError as error:
        seen.append(str(error)[:60])
for name in ("sandgate", "_sandgate", "sandgate_python"):
    try:
        module = __import__(name)
        for entry in ("serve", "fork", "next"):
            if hasattr(module, entry):
                seen.append(f"{name}.{entry}: {getattr(module, entry)()!r}")
    except BaseException as error:
        seen.append(type(error).__name__)
if os.getpid() != before:
    os._exit(0)
try:
    with open(STAGE["closed_file"]) as file:
        got.append(file.read().strip())
except OSError as error:
    seen.append(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")
