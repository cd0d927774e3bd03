# SPDX-License-Identifier: Apache-2.0
# claim: Calls of 32-bit programs (int 0x80), whose numbers mean other calls, are refused too.
# expected: limit signal
# origin: filters that do not look at the architecture
# outside: as nobody

import ctypes
import mmap
import os

if os.uname().machine != "x86_64":
    print("HELD: not on this machine")
    raise SystemExit
# push rbx; mov eax, edi; mov ebx, esi; mov ecx, edx; xor edx, edx; int 0x80; pop rbx; ret
code = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
code.write(bytes.fromhex("53 89f8 89f3 89d1 31d2 cd80 5b c3"))
call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)(
    ctypes.addressof(ctypes.c_char.from_buffer(code))
)
low = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40)  # MAP_32BIT
low.write(STAGE["secret_file"].encode() + b"\0")
seen = {
    "getpid": call(20, 0, 0),
    "open": call(5, ctypes.addressof(ctypes.c_char.from_buffer(low)), 0),
    "fork": call(2, 0, 0),
}
if seen["fork"] == 0:
    os._exit(0)
print(f"ESCAPED: 32-bit calls work: {seen}" if seen["getpid"] == os.getpid() else f"HELD: {seen}")
