# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot connect by multipath TCP, SCTP, SMC or DCCP.
# expected: refused
# origin: Landlock's rules for TCP did not know IPPROTO_MPTCP
# outside: as nobody

import socket

seen = []
for family, kind, protocol in ((2, 1, 262), (10, 1, 262), (2, 1, 132), (43, 1, 0), (2, 6, 33), (2, 1, 256)):
    try:
        with socket.socket(family, kind, protocol) as connection:
            connection.settimeout(1)
            host = "::ffff:127.0.0.1" if family == 10 else "127.0.0.1"
            connection.connect((host, STAGE["tcp_port"]))
            seen.append(connection.recv(100).decode())
    except OSError as error:
        seen.append(error.strerror or str(error))
print("ESCAPED: read " + STAGE["mark"] if STAGE["mark"] in seen else f"HELD: {seen}")
