# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot reach the metadata address of cloud machines.
# expected: refused
# origin: credentials of cloud machines at 169.254.169.254
# outside: as root

import socket

seen = []
# Outside the control gives the address to its loopback device, in a network of its own: nothing leaves the machine.
listener = socket.create_server(("169.254.169.254", 80)) if STAGE["outside"] else None
for address in (("169.254.169.254", 80), ("::ffff:169.254.169.254", 80)):
    try:
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as connection:
            connection.settimeout(0.3)
            connection.connect(address)
            seen.append("connected")
    except OSError as error:
        seen.append(error.strerror or str(error))
print("ESCAPED: connected" if "connected" in seen else f"HELD: {seen}")
