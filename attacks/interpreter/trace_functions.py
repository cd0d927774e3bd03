# SPDX-License-Identifier: Apache-2.0
# claim: Trace and profile functions of an earlier run or of the start code are not active, and show no secret.
# expected: absent
# origin: sys.settrace, sys.setprofile, threading.settrace, sys.addaudithook
# outside: as nobody

import sys
import threading

if STAGE["outside"]:
    sys.settrace(lambda frame, event, argument: None)
found = [str(function()) for function in (sys.gettrace, sys.getprofile) if function() is not None]
events = []
sys.addaudithook(
    lambda name, values: (
        events.append(name) if any(word in str(values) for word in ("sandgate", "API_" + "KEY")) else None
    )
)
frame = sys._getframe()
while frame.f_back:  # what runs after user code is traced, too
    frame = frame.f_back
    frame.f_trace = lambda *values: events.append(str(values))
    found += [
        f"{name} in a frame"
        for name in frame.f_locals
        if any(word in name.lower() for word in ("secret", "api_key", "token"))
    ]
sys.settrace(None)
print(f"ESCAPED: {found} {events}" if found or events else "HELD: none is set, nothing is heard")
