# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot hand a descriptor to, or take one from, a process outside of it (SCM_RIGHTS).
# expected: refused
# origin: descriptors carry rights past every check of paths
# outside: as nobody

import array
import os
import socket

if STAGE["abstract_name"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
seen = []
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        with socket.socket(socket.AF_UNIX, kind) as connection:
            if kind == socket.SOCK_STREAM:
                connection.connect("\0" + STAGE["abstract_name"])
                seen.append(f"ESCAPED: {connection.sendmsg([b'x'], rights)} byte and a descriptor are on their way")
            else:
                connection.sendmsg([b"x"], rights, 0, "\0" + STAGE["abstract_name"])
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")
