# SPDX-License-Identifier: Apache-2.0
"""Runs attacks outside of the jail, in namespaces that are thrown away, where each must get through.

    unshare --mount --pid --fork --kill-child --net --ipc --uts --mount-proc python3 controls.py NAME...

Started by staging.py for the tests and for ./dev docs, as root. The stage is that of `sandgate selftest`; each attack
is an ordinary process of python3 or node, as root or as nobody. Prints one line of JSON for each: the name, whether
it got through, whether this machine lacks what it acts on, and what it said.
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
PATH = "/usr/local/bin:/usr/bin:/bin"  # of interpreters that nobody may start, too
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 1
METADATA = "169.254.169.254"
SECRET = {"API_KEY": "key-of-the-server"}  # in the environment of whoever starts the control, and so in its own


def prepare():
    """A /var/tmp and a /dev/shm of our own, and a loopback device that is up and has the metadata address."""
    for folder in (WORK, "/dev/shm"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "none", folder], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(device, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(device, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
        address = struct.pack("16sHH4s8x", b"lo:0", socket.AF_INET, 0, socket.inet_aton(METADATA))
        fcntl.ioctl(device, SIOCSIFADDR, address)


class Stage:
    """`sandgate selftest --stage-only`."""

    def __init__(self):
        self.process = subprocess.Popen([sandgate.binary(), "selftest", "--stage-only", "--config", "/dev/null"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)

    def ask(self, line: str):
        print(line, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the stage ended at {line!r} with {self.process.wait()}")
        return json.loads(answer)


def run(attack: dict, program: str) -> tuple:
    """What the program printed to stdout and to stderr, as a process of its own with a folder of its own."""
    folder = Path(WORK, "control")
    folder.mkdir()
    folder.chmod(0o777)
    python = attack["language"] == "python3"
    file = folder / ("main.py" if python else "main.js")
    file.write_text(program)
    user = {} if attack["outside"] == "as root" else {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    interpreter = shutil.which("python3", path=PATH) if python else shutil.which("node") or shutil.which("nodejs")
    process = subprocess.Popen([interpreter, str(file)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True,
                               env={"PATH": PATH, "HOME": str(folder), "LANG": "C.UTF-8", **SECRET}, **user)
    try:
        return tuple(text.decode(errors="replace") for text in process.communicate(timeout=SECONDS))
    except subprocess.TimeoutExpired:
        return "", "no end"
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()
        process.stderr.close()
        shutil.rmtree(folder, ignore_errors=True)


def main(names: list):
    prepare()
    stage = Stage()
    known = {attack["name"]: attack for attack in stage.ask("list")}
    for name in names:
        output, errors = run(known[name], stage.ask(f"program {name}"))
        damage = stage.ask("look")
        if damage:
            stage.ask("replant")
        lines = output.splitlines()
        result = {"name": name, "said": output.strip()[-300:] + errors.strip()[-300:], "damage": damage,
                  "through": bool(damage) or any(line.startswith("ESCAPED: ") for line in lines),
                  "not_possible": any(line.startswith("HELD: not on this machine") for line in lines)}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
