# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot connect to an abstract Unix socket of the machine.
# expected: refused
# origin: CVE-2020-15257, containerd-shim's abstract socket
# outside: as nobody

import socket

if STAGE["abstract_name"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
seen = []
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
    try:
        with socket.socket(socket.AF_UNIX, kind) as connection:
            connection.settimeout(1)
            connection.connect("\0" + STAGE["abstract_name"])
            seen.append(connection.recv(100).decode())
    except OSError as error:
        seen.append(error.strerror or str(error))
print("ESCAPED: read " + STAGE["mark"] if STAGE["mark"] in seen else f"HELD: {seen}")
