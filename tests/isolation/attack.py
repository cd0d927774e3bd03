# SPDX-License-Identifier: Apache-2.0
"""Attack programs: the same text is run in the jail and, to show that it attacks, outside of it.

A program is Python that ends by calling tell(VALUE); what comes back is that value. PRELUDE, put before
each program, has what attackers need: system calls by number and attempt(), which turns what a call did
into a word. Used by every test of this folder, in the test process.
"""

import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import sandgate

REFUSED = {"EPERM", "EACCES", "ENOSYS"}
ABSENT = REFUSED | {"ENOENT", "ENOTDIR", "ESRCH", "EROFS", "ECONNREFUSED", "EAFNOSUPPORT", "ENETUNREACH"}

PRELUDE = """
import ctypes, errno, json, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def word(error):
    return errno.errorcode.get(error.errno, str(error)) if isinstance(error, OSError) else type(error).__name__

def attempt(function, *arguments):
    try:
        value = function(*arguments)
    except Exception as error:
        return word(error)
    return "done" if value is None else value

def call(number, *arguments):
    values = [a if isinstance(a, (bytes, ctypes._SimpleCData, ctypes.Array)) or hasattr(a, "_obj")
              else ctypes.c_long(a) for a in arguments]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *values)
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]

def read(path):
    with open(path, "rb") as file:
        return file.read(65536).decode("latin-1")

def name_process(name):
    libc.prctl(15, name.encode(), 0, 0, 0)

def tell(value):
    print(json.dumps(value), flush=True)
"""

only_x86_64 = platform.machine() != "x86_64"  # for pytest.mark.skipif: numbers and code of this processor


def text_of(program: str, **names) -> str:
    """The program with the prelude and `names` as variables."""
    values = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    return PRELUDE + values + program


def value_of(stdout: str, about):
    lines = stdout.splitlines()
    assert lines, about
    return json.loads(lines[-1])


def outside(program: str, **names):
    """What the program tells under the plain interpreter, with the rights of the test."""
    done = subprocess.run([sys.executable, "-c", text_of(program, **names)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    return value_of(done.stdout, done.stderr)


def data_of(server, program: str, **names) -> dict:
    """The data of the reply to the program."""
    reply = server.run("python3", text_of(program, **names))
    assert reply["code"] == 0, reply
    return reply["data"]


def inside(server, program: str, **names):
    """What the program tells from inside the jail."""
    data = data_of(server, program, **names)
    return value_of(data["stdout"], data)


def processes_named(name: str) -> list:
    """The pids of living processes that gave themselves `name` (at most 15 letters)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if (folder / "comm").read_text().strip() == name and sandgate.read_stat(int(folder.name))[1] not in "ZX":
                found.append(int(folder.name))
        except (OSError, TypeError):
            pass
    return sorted(found)


def wait_gone(name: str, seconds: float = 10.0):
    """Waits until no process has that name."""
    sandgate.wait_for(lambda: not processes_named(name), seconds, f"the end of every process {name}")


def wait_named(name: str, count: int = 1, seconds: float = 20.0) -> list:
    """The pids named `name` once there are `count`."""
    return sandgate.wait_for(
        lambda: (lambda found: found if len(found) >= count else None)(processes_named(name)), seconds,
        f"{count} processes named {name}")


class Background:
    """A run that goes on while the test does other things: start it, then ask for .data()."""

    def __init__(self, server, program: str, **names):
        self.reply = None
        self.error = None
        self._thread = threading.Thread(target=self._run, args=(server, text_of(program, **names)), daemon=True)
        self._thread.start()

    def _run(self, server, code: str):
        try:
            self.reply = server.run("python3", code)
        except Exception as error:  # a server that was killed
            self.error = error

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def data(self, seconds: float = 60.0) -> dict:
        self._thread.join(seconds)
        assert self.reply is not None, self.error or "the run has not ended"
        return self.reply["data"]


@contextlib.contextmanager
def open_run(server, program: str, **names):
    """A run of the program that lasts as long as the block; then its client leaves."""
    with open_code(server, "python3", text_of(program, **names)) as connection:
        yield connection


@contextlib.contextmanager
def open_code(server, language: str, code: str):
    """The same for code as it is, of either language."""
    body = json.dumps({"language": language, "code": code, "preload": "",
                       "enable_network": False}).encode()
    head = (f"POST /v1/sandbox/run HTTP/1.1\r\nHost: test\r\nX-Api-Key: {server.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    connection = server.raw(head + body)
    try:
        yield connection
    finally:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()


def unique(prefix: str) -> str:
    """A process name that nothing else has."""
    return f"{prefix}{os.getpid() % 10000}.{time.monotonic_ns() // 1000 % 100000}"[:15]
