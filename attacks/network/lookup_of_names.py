# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network asks no name server, which would carry data out.
# expected: refused
# origin: exfiltration by DNS
# outside: as nobody

import socket

# The question goes to the stage's port in place of a name server: nothing leaves the machine.
question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x06secret\x07invalid\0\0\x01\0\x01"
seen = []
for family in (socket.AF_INET, socket.AF_INET6):
    try:
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as port:
            port.connect(("::ffff:127.0.0.1" if family == socket.AF_INET6 else "127.0.0.1", STAGE["udp_port"]))
            seen.append(f"ESCAPED: {port.send(question)} bytes sent to a name server")
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")
