# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot open a foreign file as O_PATH and then open that descriptor again for reading.
# expected: refused
# origin: O_PATH is not checked by Landlock; the magic link /proc/self/fd/N opens anew
# outside: as nobody

import os

seen = []
try:
    fd = os.open(STAGE["secret_file"], os.O_PATH)
    for path in (f"/proc/self/fd/{fd}", f"/proc/thread-self/fd/{fd}", f"/dev/fd/{fd}"):
        try:
            seen.append(os.read(os.open(path, os.O_RDONLY), 200).decode())
        except OSError as error:
            seen.append(error.strerror)
except OSError as error:
    seen.append(error.strerror)
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {seen}")
