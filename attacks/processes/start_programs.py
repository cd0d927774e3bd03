# SPDX-License-Identifier: Apache-2.0
# claim: A run starts no program: fork, vfork, posix_spawn, execve, subprocess, os.system.
# expected: refused
# origin: classic
# outside: as nobody

import os
import subprocess

got, seen = [], []


def spawn():
    read, write = os.pipe()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "id -u"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
    os.waitpid(pid, 0)
    return os.read(read, 20)


for step in (lambda: subprocess.check_output(["/bin/sh", "-c", "id -u"]), spawn, lambda: os.popen("id -u").read()):
    try:
        text = step()
        got.append(text) if text else seen.append("no output")
    except (OSError, subprocess.SubprocessError) as error:
        seen.append(str(error))
status = os.system("exit 7")
got += ["os.system"] if os.waitstatus_to_exitcode(status) == 7 else []
print(f"ESCAPED: output of a program: {got}" if got else f"HELD: {seen}, {status}")
