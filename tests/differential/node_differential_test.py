# SPDX-License-Identifier: Apache-2.0
"""A run that is forked from a warmed node is a run of `node main.js`: output, error output, exit code.

Each program of node_programs.py is run three ways: by the fork server, by the same server with a cold start
for each run, and by a stock node outside. All must agree, but for the few programs of SANDBOXED, where the
sandbox and not the start makes the difference.
"""

import os
import re
import shutil
import subprocess

import pytest
import sandgate
from node_programs import PROGRAMS

# What these show is different in a sandbox, whichever way its node starts: the exit code of a signal, what is
# read from /proc, where a line with a longer path is broken.
SANDBOXED = {"abort_signal", "kill_self", "memory_usage", "require_missing"}

# Other servers of this machine sweep the uids of their runs when they end: ours are others.
LIMITS = {"isolation": {"uid_base": 770000}, "worker_timeout": 60, "max_workers": 4, "limits": {"stdout_bytes": 16 << 20, "memory_mb": 1024}}


pytestmark = pytest.mark.skipif(not sandgate.node_is_forked(), reason="another node is not forked: it starts cold")


def normal(text: str, folder: str) -> str:
    """Without what differs between two starts of the same stock node: folder, process id, addresses."""
    text = text.replace(folder, "FOLDER") if folder else text
    text = re.sub(r"(?:/[\w.-]+)*/scratch/[0-9a-f]+", "FOLDER", text)
    text = re.sub(r"/tmp(?=/[a-z]+\.m?js|\b)", "FOLDER", text)
    text = re.sub(r"\(node:\d+\)", "(node:PID)", text)
    return re.sub(r"0x[0-9a-f]+", "ADDRESS", text)


def in_sandbox(server, code: str):
    reply = server.run("nodejs", code)
    assert reply["code"] == 0, reply
    data = reply["data"]
    return normal(data["stdout"], ""), normal(data["stderr"], ""), data["exit_code"]


def outside(node: str, code: str, folder):
    (folder / "main.js").write_text(code)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["env", "--default-signal", node, "main.js"], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120, umask=0o022)
    decoded = [stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr)]
    return normal(decoded[0], str(folder)), normal(decoded[1], str(folder)), done.returncode


@pytest.fixture(scope="module")
def node():
    return os.path.realpath(shutil.which("node") or shutil.which("nodejs"))


@pytest.fixture(scope="module")
def forking(mode, node):
    warm = {"SANDGATE_NODE_SPAWNER": "auto", "SANDGATE_WARM_UP": "at_start"}
    with sandgate.Server(config={**LIMITS, "nodejs_path": node}, env=warm, mode=mode) as server:
        server.wait_warm(["nodejs without network", "nodejs with network"])
        yield server


@pytest.fixture(scope="module")
def cold(mode, node):
    with sandgate.Server(config={**LIMITS, "nodejs_path": node}, env={"SANDGATE_NODE_SPAWNER": "exec"},
                         mode=mode) as server:
        yield server


@pytest.mark.parametrize("name", PROGRAMS)
def test_forked_is_cold(name, forking, cold, node, tmp_path):
    forked = in_sandbox(forking, PROGRAMS[name])
    assert forked == in_sandbox(cold, PROGRAMS[name])
    if name not in SANDBOXED:
        assert forked == outside(node, PROGRAMS[name], tmp_path)


def test_random_numbers_differ_between_runs(forking):
    code = "console.log(Math.random()); console.log(crypto.randomUUID()); console.log(require('crypto').randomBytes(9).toString('hex'))"
    code += "\nnew (require('worker_threads').Worker)('console.log(Math.random())', { eval: true })"
    seen = set()
    runs = 12
    for reply in forking.run_many([("nodejs", code)] * runs):
        lines = reply["data"]["stdout"].split()
        assert len(lines) == 4, reply
        seen.update(lines)
    assert len(seen) == 4 * runs


@pytest.mark.modes("full")  # elsewhere a run does not see /proc
def test_a_run_shares_no_descriptor_with_its_spawner(forking):
    code = "const fs = require('fs'); for (const n of fs.readdirSync('/proc/self/fd')) {" \
           " try { console.log(n, fs.readlinkSync('/proc/self/fd/' + n)); } catch (e) {} }"
    of_two = [dict(line.split(" ", 1) for line in forking.run("nodejs", code)["data"]["stdout"].splitlines())
              for _ in range(2)]
    pipes = [{target for target in found.values() if target.startswith("pipe:")} for found in of_two]
    assert len(pipes[0]) >= 4  # two are node's own
    assert not pipes[0] & pipes[1]
    assert not any("socket" in target for found in of_two for target in found.values()), of_two
