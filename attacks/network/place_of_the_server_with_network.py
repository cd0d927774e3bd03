# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network cannot listen where clients look for the server and send their keys.
# expected: refused
# network: yes
# origin: the server's port on IPv6, where "localhost" leads to both, or with SO_REUSEADDR and SO_REUSEPORT
# outside: as nobody

import socket

port = STAGE["api_port"]
seen, got = [], []
for host in ("::", "::1", "0.0.0.0", "127.0.0.1", "::ffff:127.0.0.1"):
    for reuse in ([], [socket.SO_REUSEADDR], [socket.SO_REUSEADDR, socket.SO_REUSEPORT]):
        for only in (1, 0) if ":" in host else (0,):
            try:
                with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
                    for option in reuse:
                        listener.setsockopt(socket.SOL_SOCKET, option, 1)
                    if ":" in host:
                        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
                    listener.bind((host, port))
                    listener.listen(1)
                    got.append(host)
            except OSError as error:
                seen.append(str(error))
print(f"ESCAPED: listens at {got}" if got else f"HELD: {sorted(set(seen))}")
