# SPDX-License-Identifier: Apache-2.0
# claim: No socket of server or spawner can be found by name and connected to.
# expected: refused
# origin: abstract sockets of container runtimes
# outside: as nobody

import socket

names, seen = set(), []
for path in ("/proc/net/unix", "/proc/self/net/unix"):
    try:
        with open(path) as file:
            names |= {line.split()[-1] for line in file.read().splitlines()[1:] if len(line.split()) > 7}
    except OSError as error:
        seen.append(error.strerror)
names |= {"@sandgate", "@sandgate-spawner", "/run/sandgate.sock", "/.sandgate/socket"}
found = []
for name in sorted(names):
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as connection:
                connection.connect("\0" + name[1:] if name.startswith("@") else name)
                found.append(name)
        except OSError as error:
            seen.append(error.strerror)
known = {STAGE["unix_path"]} if not STAGE["outside"] else set()  # has a file of its own: network/named_socket
found = [name for name in found if name not in known]
print(f"ESCAPED: connected to {found[:3]}" if found else f"HELD: {sorted(set(seen))}")
