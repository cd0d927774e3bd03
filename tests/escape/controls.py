# SPDX-License-Identifier: Apache-2.0
"""Runs attacks outside of the jail, in namespaces that are thrown away, where each must get through.

    unshare --mount --pid --fork --kill-child --net --ipc --uts --mount-proc python3 controls.py NAME...

Started by staging.py for the tests and for ./dev docs, as root. The stage is that of `sandgate selftest`; each attack
is an ordinary process of python3 or node, as root or as nobody. Prints one line of JSON for each: the name, whether
it got through, whether the machine lacks what it attacks (x32 calls, say), and what it said.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import sandgate  # noqa: E402

WORK = "/var/tmp"
NOBODY = 65534
SECONDS = 30
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 1
METADATA = "169.254.169.254"
NOT_HERE = "HELD: not on this machine"


def prepare():
    """A /var/tmp and a /dev/shm of our own, and a loopback device that is up and has the metadata address too."""
    for folder in (WORK, "/dev/shm"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "none", folder], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(device, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(device, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
        fcntl.ioctl(device, SIOCSIFADDR, struct.pack("16shH4s8x", b"lo:0", socket.AF_INET, 0, socket.inet_aton(METADATA)))


class Stage:
    """`sandgate selftest --stage-only`."""

    def __init__(self):
        self.process = subprocess.Popen([sandgate.binary(), "selftest", "--stage-only", "--config", "/nonexistent"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)

    def ask(self, line: str):
        print(line, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the stage ended at {line!r} with {self.process.wait()}")
        return json.loads(answer)


def run(attack: dict, program: str) -> str:
    """What the program printed, as a process of its own with a folder of its own."""
    folder = Path(WORK, "control")
    folder.mkdir()
    folder.chmod(0o777)
    python = attack["language"] == "python3"
    file = folder / ("main.py" if python else "main.js")
    file.write_text(program)
    user = {} if attack["outside"] == "as root" else {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    interpreter = sys.executable if python else shutil.which("node") or shutil.which("nodejs")
    process = subprocess.Popen([interpreter, str(file)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True,
                               env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}, **user)
    try:
        return process.communicate(timeout=SECONDS)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        return "no end"
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def main(names: list):
    prepare()
    stage = Stage()
    known = {attack["name"]: attack for attack in stage.ask("list")}
    for name in names:
        output = run(known[name], stage.ask(f"program {name}"))
        damage = stage.ask("look")
        if damage:
            stage.ask("replant")
        through = bool(damage) or any(line.startswith("ESCAPED: ") for line in output.splitlines())
        print(json.dumps({"name": name, "through": through, "not_here": NOT_HERE in output.splitlines(),
                          "said": output.strip()[-500:], "damage": damage}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
