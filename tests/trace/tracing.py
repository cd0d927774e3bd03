# SPDX-License-Identifier: Apache-2.0
"""What the tests of this suite share: programs that need calls beyond the policy, traces, profiles."""

import json
import subprocess

import sandgate

ADMIN_KEY = "admin-key-of-the-tests"
CONFIG = {"app": {"admin_key": ADMIN_KEY}, "profiles": {"in_requests": True}, "worker_timeout": 60}

# Each step makes one call that the policy refuses and the kernel would carry out for anybody. A program that
# runs all steps exits with the number of those that were refused.
STEPS = """
import ctypes, errno, fcntl, os, struct, sys, tempfile
libc = ctypes.CDLL(None, use_errno=True)

def native(function, *arguments):
    ctypes.set_errno(0)
    if getattr(libc, function)(*arguments) < 0 and ctypes.get_errno() == errno.EPERM:
        raise PermissionError(function)

def request(number):
    with tempfile.TemporaryFile() as file:
        try:
            fcntl.ioctl(file, number, struct.pack("q", 0))
        except OSError as error:
            if error.errno == errno.EPERM: raise

uid, gid, pid = os.getuid(), os.getgid(), os.getpid()
steps = {
    "setuid": lambda: os.setuid(uid),
    "setgid": lambda: os.setgid(gid),
    "setreuid": lambda: os.setreuid(uid, uid),
    "setregid": lambda: os.setregid(gid, gid),
    "setresuid": lambda: os.setresuid(uid, uid, uid),
    "setresgid": lambda: os.setresgid(gid, gid, gid),
    "mlockall": lambda: native("mlockall", 64),  # no such flag: carried out, it locks nothing
    "inotify_add_watch": lambda: native("inotify_add_watch", -1, None, 0),
    "capset": lambda: native("capset", None, None),
    "syncfs": lambda: native("syncfs", -1),
    "getpgid": lambda: os.getpgid(pid),
    "getsid": lambda: os.getsid(pid),
    "subreaper": lambda: native("prctl", 36, 1, 0, 0, 0),
    "keep capabilities": lambda: native("prctl", 8, 0, 0, 0, 0),
    "output queue": lambda: request(0x5411),
    "session of a terminal": lambda: request(0x5429),
}

def run(names):
    refused = []
    for name in names:
        try:
            steps[name]()
        except PermissionError:
            refused.append(name)
    print("refused:", refused, flush=True)
    sys.exit(len(refused))
"""
COUNT = 16

ALL_STEPS = STEPS + "run(steps)\n"
NODE_STEPS = ("require('child_process').execFileSync('/usr/bin/python3', ['-c', " + json.dumps(ALL_STEPS) +
              "], {stdio: 'inherit'})\n")
PROGRAMS = {"python3": ALL_STEPS, "nodejs": NODE_STEPS}


def steps(*names: str) -> str:
    """A Python program that makes these steps only."""
    return STEPS + f"run({list(names)!r})\n"


def trace(server, language: str, code: str, **more) -> dict:
    """`data` of POST /v1/sandbox/trace."""
    body = {"language": language, "code": code, "preload": "", "enable_network": False, **more}
    _, _, data = server.request("POST", "/v1/sandbox/trace", body, {"X-Api-Key": ADMIN_KEY})
    reply = json.loads(data)
    assert reply["code"] == 0, reply
    return reply["data"]


def outcome(server, language: str, code: str, profile: str = "") -> str:
    """The outcome of an ordinary run under the profile."""
    reply = server.run(language, code, profile=profile)
    assert reply["code"] == 0, reply
    return reply["data"]["outcome"]


def write_profile(server, name: str, entries: list):
    """The file of a profile with these entries, as JSON, which is YAML."""
    (server.folder / "profiles" / f"{name}.yaml").write_text(json.dumps({"name": name, "rules": entries}))


def leaves(entries: list) -> list:
    """The entries taken apart: one for each call and each value of the last condition."""
    found = []
    for entry in entries:
        for call in entry["allow"]:
            for conditions in entry.get("when", [None]):
                found += [{"allow": [call], "why": entry["why"], **one} for one in apart(conditions)]
    return found


def apart(conditions) -> list:
    if conditions is None:
        return [{}]
    name, last = list(conditions.items())[-1]
    if not isinstance(last, list):
        return [{"when": [conditions]}]
    return [{"when": [{**conditions, name: value}]} for value in last]


def sandgate_command(server, *arguments: str) -> subprocess.CompletedProcess:
    """The program under test in the mode of the server, with its configuration."""
    command = [*server.launcher, str(sandgate.binary()), arguments[0], "--config", str(server.config_file),
               *arguments[1:]]
    return subprocess.run(command, cwd=server.folder, env=server.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=300)
