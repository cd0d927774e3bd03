# SPDX-License-Identifier: Apache-2.0
# claim: Python's C interface, sub-interpreters included, opens nothing that the locks close.
# expected: refused
# origin: ctypes.pythonapi as a way around replaced builtins
# outside: as nobody

import ctypes
import os

api = ctypes.pythonapi
api.Py_NewInterpreter.restype = ctypes.c_void_p
api.PyThreadState_Get.restype = ctypes.c_void_p
api.PyThreadState_Swap.restype = ctypes.c_void_p
api.PyThreadState_Swap.argtypes = [ctypes.c_void_p]
api.Py_EndInterpreter.argtypes = [ctypes.c_void_p]
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
seen = []
code = f"""
try:
    text = open({STAGE["secret_file"]!r}).read()
except OSError as error:
    text = str(error)
open('told', 'w').write(text)
""".encode()
for run in (lambda: api.PyRun_SimpleString(code),):
    run()
    with open("told") as file:
        seen.append(file.read().strip())
stream = libc.fopen(STAGE["secret_file"].encode(), b"r")
if stream:
    buffer = ctypes.create_string_buffer(200)
    libc.fgets(buffer, 200, ctypes.c_void_p(stream))
    seen.append(buffer.value.decode().strip())
got = [text for text in seen if STAGE["mark"] in text]
print(f"ESCAPED: read {got[0]}" if got else f"HELD: {seen}")
