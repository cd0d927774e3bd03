# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot connect to a TCP port of the machine.
# expected: refused
# origin: classic
# outside: as nobody

import socket

seen = []
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::ffff:127.0.0.1"), (socket.AF_INET, "0.0.0.0")):
    try:
        with socket.socket(family) as connection:
            connection.settimeout(1)
            connection.connect((host, STAGE["tcp_port"]))
            seen.append(connection.recv(100).decode())
    except OSError as error:
        seen.append(error.strerror or str(error))
print("ESCAPED: read " + STAGE["mark"] if STAGE["mark"] in seen else f"HELD: {seen}")
