# SPDX-License-Identifier: Apache-2.0
# claim: A run loads no program into the kernel and makes no map by bpf.
# expected: refused
# origin: CVE-2021-3490 and other flaws of the verifier
# outside: as root

import struct
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


BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
attributes = ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 8, 1) + bytes(112))  # an array of one value
made = call(BPF, 0, attributes, 72)
code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0))
licence = ctypes.create_string_buffer(b"GPL")
load = struct.pack("IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(licence)) + bytes(100)
loaded = call(BPF, 5, ctypes.create_string_buffer(load), 120)
got = [os.readlink(f"/proc/self/fd/{fd}") for fd in (made, loaded) if isinstance(fd, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {made}, {loaded}")
