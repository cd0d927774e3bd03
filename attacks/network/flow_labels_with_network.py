# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network cannot take the flow labels of the machine, nor leave one to a later run.
# expected: refused
# network: yes
# origin: labels last up to 150 s longer than their socket; 4,096 are there for all network namespaces together
# outside: as nobody

import socket
import struct

IPV6_FLOWLABEL_MGR = 32
GET, CREATE_OR_FAIL, ANY = 0, 3, 255
got, seen = [], set()
try:
    one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
except OSError as error:
    print(f"HELD: no IPv6 here: {error.strerror}")
    raise SystemExit
for label in range(0x4C0DE, 0x4C0DE + 20):
    place = socket.inet_pton(socket.AF_INET6, "::1")
    request = struct.pack("!16sI", place, label) + struct.pack("=BBHHHI", GET, ANY, CREATE_OR_FAIL, 1, 1, 0)
    try:
        one.setsockopt(socket.IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, request)
        got.append(label)
    except OSError as error:
        seen.add(error.strerror)
print(f"ESCAPED: has taken {len(got)} labels" if got else f"HELD: {sorted(seen)}")
