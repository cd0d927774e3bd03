# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot listen on a port of the machine.
# expected: refused
# origin: classic
# outside: as nobody

import socket

try:
    with socket.socket() as listener, socket.socket() as visitor:
        listener.bind(("0.0.0.0", 0))
        listener.listen(1)
        visitor.connect(("127.0.0.1", listener.getsockname()[1]))
        print("ESCAPED: a visitor came from", listener.accept()[1])
except OSError as error:
    print("HELD:", error)
