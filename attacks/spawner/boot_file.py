# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot change the first code of later runs: boot files, libraries, the interpreter.
# expected: refused
# origin: CVE-2019-5736, runc overwritten through /proc/self/exe
# outside: as root

import os

got, seen = [], []
paths = set()
try:
    with open("/proc/self/maps") as file:
        paths = {line.split()[-1] for line in file if "/" in line}
except OSError as error:
    seen.append(error.strerror)
paths = {path for path in paths if path.startswith("/") and os.path.exists(path)}
paths |= {"/proc/self/exe", os.path.realpath("/proc/self/exe"), os.__file__, "/.sandgate/boot.py", "/.sandgate/boot.js"}
for path in sorted(paths):
    if path.startswith("/dev/"):
        continue
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))  # opened, nothing written
        got.append(path)
    except OSError as error:
        seen.append(error.strerror)
    folder = os.path.dirname(path)
    if folder == os.getcwd() or folder.startswith("/proc"):
        continue
    new = os.path.join(folder, "sandgate-attack")
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        got.append(folder)
        os.unlink(new)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: may write {sorted(set(got))[:4]}" if got else f"HELD: {sorted(set(seen))}")
