# SPDX-License-Identifier: Apache-2.0
# claim: A run opens no socket of a rare family: AF_ALG, AF_KEY, TIPC, RDS, CAN, Bluetooth, XDP, AF_IB and all others.
# expected: refused
# network: yes
# origin: CVE-2021-43267, CVE-2017-7308, CVE-2010-3904: each family is more of the kernel to attack
# outside: as root

import socket

got, seen = [], set()
for family in set(range(3, 47)) - {10, 16}:
    for kind in (1, 2, 3, 5):
        for protocol in (0, 1):
            try:
                socket.socket(family, kind, protocol).close()
                got.append((family, kind, protocol))
            except OSError as error:
                seen.add(error.strerror)
print(f"ESCAPED: opened {got}" if got else f"HELD: {sorted(seen)}")
