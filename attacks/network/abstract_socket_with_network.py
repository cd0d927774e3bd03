# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network, which shares the server's network namespace, reaches no abstract socket of others.
# expected: refused
# network: yes
# origin: CVE-2020-15257, containerd-shim's abstract socket
# outside: as nobody

import socket

if STAGE["abstract_name"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
try:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect("\0" + STAGE["abstract_name"])
        print("ESCAPED: read", connection.recv(100).decode())
except OSError as error:
    print("HELD:", error)
