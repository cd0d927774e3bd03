# SPDX-License-Identifier: Apache-2.0
# claim: Descriptors that wait in sockets, closed by their sender, do not pass over the limit of open files.
# expected: refused
# origin: CVE-2016-2550, unix sockets and SCM_RIGHTS
# outside: as nobody

import array
import os
import socket

goal = 100000 if not STAGE["outside"] else 600
full = array.array("i", [os.open("/dev/null", os.O_RDONLY)] * 253)
sent, pairs = 0, []
try:
    while sent < goal:
        pairs.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        for _ in range(8):
            pairs[-1][0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, full)], socket.MSG_DONTWAIT)
            sent += 253
    print(f"ESCAPED: {sent} descriptors are under way")
except OSError as error:
    print(f"HELD: {error.strerror} after {sent}")
