# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot give a file of its own capabilities.
# expected: refused
# origin: security.capability set on a file that is started later
# outside: as root

import os
import struct

with open("program", "w"):
    pass
seen = []
for value in (
    struct.pack("IIIII", 0x02000001, 0xFFFFFFFF, 0, 0xFF, 0),
    struct.pack("IIIIII", 0x03000001, 0xFFFFFFFF, 0, 0xFF, 0, 0),
):
    try:
        os.setxattr("program", "security.capability", value)
        seen.append("ESCAPED: the file has " + os.getxattr("program", "security.capability").hex())
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")
