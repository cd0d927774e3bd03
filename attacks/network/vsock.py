# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot speak to the hypervisor or to other virtual machines by vsock.
# expected: refused
# origin: guest agents listen on vsock, with rights over the machine
# outside: as nobody

import socket

try:
    with socket.socket(40, socket.SOCK_STREAM) as connection:
        print("ESCAPED: a vsock socket is open, descriptor", connection.fileno())
except OSError as error:
    print("HELD: not on this machine" if STAGE["outside"] else f"HELD: {error}")
