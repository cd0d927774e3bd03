# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot put a link in the place of its own folder, which the server will remove.
# expected: refused
# origin: exchange of a folder for a link between check and use
# outside: as root

import os

here = os.getcwd()
seen, got = [], []
for step in (lambda: os.rename(here, here + "-away"), lambda: os.rmdir(here),
             lambda: os.rename(here, os.path.dirname(here) + "/../away")):
    try:
        step()
        os.symlink(STAGE["writable_dir"], here)
        got.append("a link stands in the place of the run's folder")
        os.unlink(here)
        os.rename(here + "-away", here)
        break
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")
