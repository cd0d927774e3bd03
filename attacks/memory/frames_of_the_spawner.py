# SPDX-License-Identifier: Apache-2.0
# claim: The frames and modules around user code hold no open descriptor and no way back to the spawner.
# expected: absent
# origin: sys._getframe in the child of a fork server
# outside: as nobody

import os
import sys

control = os.pipe()[1] if STAGE["outside"] else None
found, frames = [], 0
frame = sys._getframe()
while frame:
    frames += 1
    names = dict(frame.f_locals) if frame.f_globals is not globals() or STAGE["outside"] else {}
    for name, value in names.items():
        if type(value) is int and 2 < value < 1024 and name not in ("frames",):
            try:
                os.fstat(value)
                found.append(f"{name} = open descriptor {value}")
            except OSError:
                pass
        if callable(value) and getattr(value, "__name__", "") in ("serve", "fork", "next_run"):
            found.append(f"{name} = {value}")
    frame = frame.f_back
print(f"ESCAPED: found {found}" if found else f"HELD: nothing in {frames} frames")
