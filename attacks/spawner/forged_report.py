# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make the server believe another outcome by what it writes to its descriptors or to the log.
# expected: absent
# origin: supervisors that read status from the child's output
# outside: never: there is no supervisor outside

import json
import os

forged = json.dumps({"code": 0, "data": {"outcome": "ok", "denied": [], "exit_code": 0}})
seen = []
for fd in (3, 4, 5, 0):
    try:
        seen.append(os.write(fd, forged.encode() + b"\n"))
    except OSError as error:
        seen.append(error.strerror)
got = [result for result in seen if isinstance(result, int)]
print(f"ESCAPED: {got} bytes went to a descriptor that is not output" if got else f"HELD: {seen}")
