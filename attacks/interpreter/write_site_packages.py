# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot write to folders that interpreters load modules from, compiled files included.
# expected: refused
# origin: poisoned __pycache__ and .pth files
# outside: as root

import os
import site
import sys
import sysconfig

folders = (
    {path for path in sys.path if path and os.path.isdir(path)}
    | set(site.getsitepackages())
    | set(sysconfig.get_paths().values())
)
folders |= {path + "/__pycache__" for path in folders}
got, seen = [], []
for folder in sorted(folders):
    if os.path.realpath(folder) == os.getcwd():
        continue
    path = folder + "/written_by_an_attack.pth"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)
        got.append(folder)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: may write {got[:3]}" if got else f"HELD: {sorted(set(seen))}")
