# SPDX-License-Identifier: Apache-2.0
# claim: No object that a warmed Python hands down holds a socket, a key or another run's code.
# expected: absent
# origin: gc.get_objects in the child of a fork server
# outside: as nobody

import gc
import io
import socket
import sys

if STAGE["outside"]:  # what a careless fork server would leave
    kept = {"api_key": STAGE["mark"], "control": socket.socket(socket.AF_UNIX)}
found = []
for thing in gc.get_objects():
    if isinstance(thing, socket.socket) and thing.fileno() >= 0:
        found.append(f"socket {thing.fileno()}")
    elif isinstance(thing, io.FileIO) and not thing.closed and thing.fileno() > 2:
        found.append(f"file {thing.name}")
    elif type(thing) is dict and thing is not STAGE:
        names = [
            name for name in list(thing) if type(name) is str and name.lower() in ("api_key", "x-api-key", "admin_key")
        ]
        found += [
            f"{name} = {thing[name]!r}"
            for name in names
            if isinstance(thing[name], (str, bytes))
            and thing[name]
            and thing is not globals()
            and thing.get("mark") != STAGE["mark"]
        ]
print(f"ESCAPED: found {found[:4]}" if found else f"HELD: nothing among {len(gc.get_objects())} objects")
