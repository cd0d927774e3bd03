# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network sends no datagram.
# expected: refused
# origin: classic; Landlock's rules for TCP do not cover UDP
# outside: as nobody

import socket

try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.settimeout(1)
        port.sendto(b"attack", ("127.0.0.1", STAGE["udp_port"]))
        print("ESCAPED: answered with", port.recv(100).decode())
except OSError as error:
    print("HELD:", error)
