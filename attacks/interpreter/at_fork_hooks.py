# SPDX-License-Identifier: Apache-2.0
# claim: What a run registers to happen at a fork happens in no process of the server.
# expected: refused
# origin: os.register_at_fork in the child of a fork server
# outside: as nobody

import os

read, write = os.pipe()
os.register_at_fork(before=lambda: os.write(write, b"before "), after_in_child=lambda: os.write(write, b"child"))
try:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    print("ESCAPED: called", os.read(read, 100).decode())
except OSError as error:
    print("HELD:", error)
