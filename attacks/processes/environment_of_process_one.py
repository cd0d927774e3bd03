# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read the environment of process 1, of the server or of another process of the machine.
# expected: refused
# origin: published escapes from containers begin with the secrets in /proc/1/environ
# outside: as root
import os

got, seen = [], set()
for pid in (1, STAGE["server_pid"], STAGE["victim_pid"]):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            text = file.read()
        if STAGE["mark"].encode() in text:
            got.append(f"{pid} with the mark")
        elif text:
            got.append(f"{pid}, {len(text)} bytes")
        else:
            seen.add("empty")
    except OSError as error:
        seen.add(error.strerror)
print(f"ESCAPED: read the environment of {got}" if got else f"HELD: {sorted(seen)}")
