# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read a foreign file from a folder that it has entered or opened as O_PATH.
# expected: refused
# origin: relative paths after chdir, fchdir and O_PATH
# outside: as nobody

import os

seen = []
name = os.path.basename(STAGE["secret_file"])


def attempt(step):
    try:
        seen.append(os.read(step(), 200).decode())
    except OSError as error:
        seen.append(error.strerror)


def entered(enter):
    enter()
    return os.open(name, os.O_RDONLY)


attempt(lambda: os.open(name, os.O_RDONLY, dir_fd=os.open(STAGE["secret_dir"], os.O_PATH)))
attempt(lambda: entered(lambda: os.fchdir(os.open(STAGE["secret_dir"], os.O_PATH))))
attempt(lambda: entered(lambda: os.chdir(STAGE["secret_dir"])))
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {seen}")
