# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network has TCP, UDP and ICMP only: no multipath TCP, SCTP, SMC, DCCP.
# expected: refused
# network: yes
# origin: each protocol is more of the kernel to attack
# outside: as nobody

import socket

got, seen = [], []
for family, kind, protocol in (
    (2, 1, 262),
    (10, 1, 262),
    (2, 1, 132),
    (43, 1, 0),
    (2, 6, 33),
    (2, 3, 255),
    (2, 2, 136),
):
    try:
        socket.socket(family, kind, protocol).close()
        got.append((family, kind, protocol))
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: opened {got}" if got else f"HELD: {sorted(set(seen))}")
