# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network opens no netlink socket: routes, sockets, events, audit, netfilter, xfrm.
# expected: refused
# origin: netlink families are reached by many local exploits
# outside: as nobody

import socket

got, seen = [], []
for protocol in (0, 2, 4, 6, 9, 10, 12, 14, 15, 16, 18, 20, 21):
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol).close()
        got.append(protocol)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: opened netlink families {got}" if got else f"HELD: {sorted(set(seen))}")
