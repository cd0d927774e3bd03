# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot write to a foreign file that everybody may write to.
# expected: refused
# origin: classic
# outside: as nobody

import os

seen = []
for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_CREAT):
    try:
        fd = os.open(STAGE["writable_file"], flags)
        seen.append(f"ESCAPED: wrote {os.pwrite(fd, b's', 0)} byte with flags {flags:#x}")
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {sorted(set(seen))}")
