# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot load a program into the kernel as a filter of a socket.
# expected: refused
# origin: SO_ATTACH_FILTER feeds the compiler of BPF and takes of net.core.bpf_jit_limit, which all filters of the machine share
# outside: as root

import ctypes
import socket
import struct

code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # BPF_RET
program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(code))
got, seen = [], set()
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for name, option in {"SO_ATTACH_FILTER": 26, "SO_ATTACH_REUSEPORT_CBPF": 51}.items():
    try:
        one.setsockopt(socket.SOL_SOCKET, option, program)
        got.append(name)
    except OSError as error:
        seen.add(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(seen)}")
