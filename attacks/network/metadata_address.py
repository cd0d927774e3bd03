# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot reach the metadata address of cloud machines.
# expected: refused
# origin: credentials of cloud machines at 169.254.169.254
# outside: as nobody

import socket

seen = []
for address in (("169.254.169.254", 80), ("::ffff:169.254.169.254", 80)):
    try:
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as connection:
            connection.settimeout(0.3)
            connection.connect(address)
            seen.append("connected")
    except OSError as error:
        seen.append(error.strerror or str(error))
print("ESCAPED: connected" if "connected" in seen else f"HELD: {seen}")
