# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make a hard link to a foreign file, nor read or write it through one.
# expected: refused
# origin: hard link attacks on /tmp
# outside: as root

import os

seen = []
for target in (STAGE["writable_file"], STAGE["secret_file"]):
    for name in ("link-" + os.path.basename(target), "/tmp/link-" + os.path.basename(target)):
        try:
            os.link(target, name)
            seen.append("ESCAPED: a second name, links " + str(os.stat(name).st_nlink))
            os.unlink(name)
        except OSError as error:
            seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")
