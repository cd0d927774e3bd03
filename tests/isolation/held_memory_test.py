# SPDX-License-Identifier: Apache-2.0
"""Claim: a run whose threads change its memory map all the time holds up neither the server nor other runs.

Origin: whoever reads what the arguments of a refused call point to waits for the run's memory map (mmap_lock).
"""

import time

import attack
import pytest
import sandgate

# Few pages of memory, mapped so often that each mprotect(2) of all of it takes long; one thread always has the lock.
# The threads are machine code, so that nothing in the interpreter slows them down.
HOLD = """
import mmap, struct, threading
MIB = 1 << 20
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
SIZE, COUNT = 16 * MIB, 192
fd = os.memfd_create("x")
os.ftruncate(fd, SIZE)
base = libc.mmap(None, SIZE * COUNT, 0, 0x4022, -1, 0)  # MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
for i in range(COUNT):
    libc.madvise(libc.mmap(base + i * SIZE, SIZE, 3, 0x11, fd, 0), SIZE, 22)  # MADV_POPULATE_READ
def native(code):  # mov rbx, gate; cmp dword [rbx], 0; je to the line before; the code again and again
    at = memory.tell()
    memory.write(b"\\x48\\xbb" + struct.pack("Q", ctypes.addressof(gate)) + b"\\x83\\x3b\\0\\x74\\xfb" + code
                 + b"\\xe9" + struct.pack("i", -len(code) - 5))
    function = ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(memory)) + at)
    threading.Thread(target=function, daemon=True).start()
def mprotect(protection):  # mov eax, 10; mov rdi, base; mov rsi, size; mov edx, protection; syscall
    return (b"\\xb8\\x0a\\0\\0\\0\\x48\\xbf" + struct.pack("Q", base) + b"\\x48\\xbe" + struct.pack("Q", SIZE * COUNT)
            + b"\\xba" + struct.pack("I", protection) + b"\\x0f\\x05")
def execve(path, arguments):  # mov eax, 59; mov rdi, path; mov rsi, arguments; xor edx, edx; syscall
    return (b"\\xb8\\x3b\\0\\0\\0\\x48\\xbf" + struct.pack("Q", path) + b"\\x48\\xbe" + struct.pack("Q", arguments)
            + b"\\x31\\xd2\\x0f\\x05")
text = ctypes.create_string_buffer(b"/some/program")
arguments = (ctypes.c_void_p * 3)(ctypes.addressof(text), ctypes.addressof(text))
gate, memory = ctypes.c_int(0), mmap.mmap(-1, 8192, prot=7)
native(execve(ctypes.addressof(text), ctypes.addressof(arguments)))
for _ in range(30): native(mprotect(1) + mprotect(3))
name_process(name)
gate.value = 1
time.sleep(600)
"""


@pytest.fixture(scope="module")
def server(mode):
    with sandgate.Server(mode=mode, config={"worker_timeout": 6, "limits": {"denied_calls": 1_000_000}}) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


@pytest.mark.skipif(attack.only_x86_64, reason="code of x86_64")
def test_others_are_served_while_a_run_holds_its_memory_map(server):
    name = attack.unique("held")
    held = attack.Background(server, HOLD, name=name)
    attack.wait_named(name)
    answers = 0
    while not held.ended():
        assert server.healthy()
        answers += 1
        time.sleep(0.01)
    data = held.data()
    assert (data["outcome"], data["denied"][0]["syscall"]) == ("timeout", "execve")
    # Most of the six seconds the run's memory cannot be read; what others ask for is answered in milliseconds.
    assert answers > 50, answers
