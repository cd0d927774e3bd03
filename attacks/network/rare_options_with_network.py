# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network cannot have the kernel do for its connections what programs rarely need: TLS, IPsec, signatures.
# expected: refused
# network: yes
# origin: CVE-2023-0461 (TCP_ULP), CVE-2022-27666 (ESP in UDP): parts of the kernel that programs hardly need
# outside: as root

import socket
import struct

got, seen = [], set()
sockets = {kind: socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)}
server = socket.create_server(("127.0.0.1", 0))
sockets[socket.SOCK_STREAM].connect(server.getsockname())
signature = struct.pack("=H14s112xBBHi80s", socket.AF_INET, bytes(14), 0, 0, 3, 0, b"key")
for name, kind, level, option, value in (
    ("TCP_ULP", socket.SOCK_STREAM, 6, 31, b"tls"),
    ("TCP_MD5SIG", socket.SOCK_STREAM, 6, 14, signature),
    ("TCP_MD5SIG_EXT", socket.SOCK_STREAM, 6, 32, signature),
    ("TCP_TX_DELAY", socket.SOCK_STREAM, 6, 37, struct.pack("i", 0)),
    ("TCP_REPAIR", socket.SOCK_STREAM, 6, 19, struct.pack("i", 1)),
    ("UDP_ENCAP", socket.SOCK_DGRAM, 17, 100, struct.pack("i", 2)),
):
    try:
        sockets[kind].setsockopt(level, option, value)
        got.append(name)
    except OSError as error:
        seen.add(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(seen)}")
