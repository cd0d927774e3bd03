# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot replace itself by a set-user-id program.
# expected: refused
# origin: classic; CVE-2021-4034 needs argc 0
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


if STAGE["setuid_program"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
EXECVE = {"x86_64": 59, "aarch64": 221}[os.uname().machine]
# `id` with the name "ESCAPED: uid" as argument 0 says so in its complaint; without arguments it prints ids.
program = STAGE["setuid_program"].encode()
script = b"#!" + program + b" -u\n"
with open("script", "wb") as file:
    file.write(script)
os.chmod("script", 0o755)
seen = []
print("ESCAPED: " if STAGE["outside"] else "", end="", flush=True)
for path, arguments in (
    (program, (ctypes.c_char_p * 3)(b"id", b"-u", None)),
    (b"script", (ctypes.c_char_p * 2)(b"script", None)),
):
    seen.append(call(EXECVE, path, arguments, None))
print(f"HELD: {seen}")
