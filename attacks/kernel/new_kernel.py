# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot load another kernel or restart the machine.
# expected: refused
# origin: classic
# outside: as root

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


KEXEC_LOAD = {"x86_64": 246, "aarch64": 104}[os.uname().machine]
KEXEC_FILE_LOAD = {"x86_64": 320, "aarch64": 294}[os.uname().machine]
REBOOT = {"x86_64": 169, "aarch64": 142}[os.uname().machine]
# Flags and magic numbers are wrong on purpose: who gets past the permission is told EINVAL.
seen = {
    "kexec_load": call(KEXEC_LOAD, 0, 17, 0, 0xFFFF),
    "kexec_file_load": call(KEXEC_FILE_LOAD, -1, -1, 0, 0, 0xFFFF),
    "reboot": call(REBOOT, 0, 0, 0, 0),
}
got = [name for name, result in seen.items() if result == "EINVAL"]
print(f"ESCAPED: past the permission: {got}" if got else f"HELD: {seen}")
