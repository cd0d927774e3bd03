# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network opens no raw and no packet socket either.
# expected: refused
# network: yes
# origin: CVE-2020-14386 and other flaws of AF_PACKET; sniffing
# outside: as root

import socket

got, seen = [], []
for family, kind, protocol in ((2, 3, 1), (2, 3, 255), (10, 3, 58), (17, 3, 0x300), (17, 2, 0x300), (44, 3, 0)):
    try:
        socket.socket(family, kind, protocol).close()
        got.append((family, kind, protocol))
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: opened {got}" if got else f"HELD: {sorted(set(seen))}")
