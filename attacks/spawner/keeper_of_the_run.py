# SPDX-License-Identifier: Apache-2.0
# claim: The keeper that shares a run's memory cannot be made to do more than the run itself.
# expected: refused
# origin: a helper process with user-writable memory
# outside: never: there is no keeper outside

import os
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    """What a system call gave: a number, or the name of its error."""
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *values)
    return result if result >= 0 else errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))


PTRACE = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
own, got, seen = os.getpid(), [], []
keepers = []
try:
    names = os.listdir("/proc")
except OSError as error:
    names = []
    seen.append(error.strerror)
for name in names:
    try:
        with open(f"/proc/{name}/status") as file:
            lines = dict(line.rstrip().split(":\t", 1) for line in file if ":\t" in line)
        if name.isdigit() and int(name) != own and int(lines["PPid"]) == own:
            keepers.append(int(name))
            if lines["Seccomp"] != "2" or int(lines["CapPrm"], 16) or lines["NoNewPrivs"] != "1":
                got.append(f"keeper {name} is without a lock")
    except (OSError, KeyError, ValueError):
        pass
for pid in keepers:
    seen.append(call(PTRACE, 0x4206, pid, 0, 0))
    handle = call(434, pid, 0)
    seen.append(call(438, handle, 0, 0) if isinstance(handle, int) else handle)
    got += [f"of the keeper: {result}" for result in seen if isinstance(result, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {len(keepers)} in sight, {seen}")
