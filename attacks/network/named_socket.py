# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot connect to a named Unix socket of the machine that everybody may use.
# expected: refused
# origin: /var/run/docker.sock and its like; Landlock does not look at connect
# open in: container with landlock_fs: named Unix sockets of others: open if their file permissions let the run's uid in
# open in: rootless without mount_ns: named Unix sockets of others: open if their permissions let the server's user in
# outside: as nobody

import os
import socket

seen = []
fd = -1
try:
    fd = os.open(STAGE["unix_path"], os.O_PATH)
except OSError as error:
    seen.append(error.strerror)
for path in (STAGE["unix_path"], f"/proc/self/fd/{fd}", "/proc/self/root" + STAGE["unix_path"]):
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(path)
            seen.append(connection.recv(100).decode())
    except OSError as error:
        seen.append(error.strerror or str(error))
print("ESCAPED: read " + STAGE["mark"] if STAGE["mark"] in seen else f"HELD: {seen}")
