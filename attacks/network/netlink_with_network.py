# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network may ask netlink about routes and interfaces, nothing else, and change nothing.
# expected: refused
# network: yes
# origin: CVE-2022-32250 and other flaws of nf_tables; sock_diag lists foreign sockets
# outside: as root

import socket
import struct

got, seen = [], []
for protocol in (2, 4, 6, 9, 10, 12, 14, 15, 16, 18, 20, 21):
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol).close()
        got.append(protocol)
    except OSError as error:
        seen.append(error.strerror)
try:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route:
        route.settimeout(1)
        # RTM_SETLINK with an acknowledgement: the loopback device is set up, which it is.
        route.send(struct.pack("IHHIIBxHiII", 32, 19, 5, 1, 0, 0, 0, 1, 1, 1))
        code = struct.unpack_from("i", route.recv(4096), 16)[0]
        got.append("a change of lo") if code == 0 else seen.append(f"error {-code}")
except OSError as error:
    seen.append(error.strerror or str(error))
print(f"ESCAPED: opened or changed {got}" if got else f"HELD: {sorted(set(seen))}")
