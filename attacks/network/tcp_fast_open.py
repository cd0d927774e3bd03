# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot connect by sending (MSG_FASTOPEN), which passes over connect.
# expected: refused
# origin: Landlock's rules for TCP did not look at MSG_FASTOPEN
# outside: as nobody

import socket

try:
    with socket.socket() as connection:
        connection.sendto(b"attack", socket.MSG_FASTOPEN, ("127.0.0.1", STAGE["tcp_port"]))
        print("ESCAPED: answered with", connection.recv(100).decode())
except OSError as error:
    print("HELD:", error)
