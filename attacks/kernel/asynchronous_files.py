# SPDX-License-Identifier: Apache-2.0
# claim: A run gets no queue for asynchronous input and output, and no vmsplice.
# expected: refused
# origin: flaws of aio and of pages in pipes (CVE-2022-0847 used splice, CVE-2008-0600 vmsplice)
# outside: as nobody

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


IO_SETUP = {"x86_64": 206, "aarch64": 0}[os.uname().machine]
IO_DESTROY = {"x86_64": 207, "aarch64": 1}[os.uname().machine]
VMSPLICE = {"x86_64": 278, "aarch64": 75}[os.uname().machine]
context = ctypes.c_ulong(0)
queue = call(IO_SETUP, 1, ctypes.byref(context))
if queue == 0:
    call(IO_DESTROY, context.value)
read, write = os.pipe()
text = ctypes.create_string_buffer(b"attack")
part = (ctypes.c_size_t * 2)(ctypes.addressof(text), 6)
spliced = call(VMSPLICE, write, part, 1, 0)
got = [name for name, result in (("io_setup", queue), ("vmsplice", spliced)) if isinstance(result, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {queue}, {spliced}")
