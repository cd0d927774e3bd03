# SPDX-License-Identifier: Apache-2.0
"""`sandgate selftest` in each mode, and its attacks outside of the jail; for the tests of this folder and for
./dev docs (results.py)."""

import json
import subprocess
import sys
from pathlib import Path

import sandgate

HERE = Path(__file__).resolve().parent
MODES = ("full", "container", "rootless")
SHARES = 3  # of the controls, each in namespaces of its own
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts", "--mount-proc"]


def selftest(mode: str, *arguments, config=None):
    """(exit status, the report) of `sandgate selftest --json`."""
    server = sandgate.Server(config=config, mode=mode)
    try:
        server.write_config()
        done = subprocess.run(
            [*server.launcher, str(sandgate.binary()), "selftest", "--json", "--config", str(server.config_file),
             *arguments], cwd=server.folder, env=server.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=300)
    finally:
        server.close()
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError as error:
        raise AssertionError(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}") from error


def all_attacks() -> list:
    """What `list` of the stage tells of each attack."""
    done = subprocess.run([sandgate.binary(), "selftest", "--stage-only", "--config", "/dev/null"], input="list\n",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def controls(share: int) -> dict:
    """The results of every SHARES-th attack outside of the jail, by name."""
    names = [attack["name"] for attack in all_attacks() if attack["outside"] != "never"][share::SHARES]
    done = subprocess.run([*UNSHARE, sys.executable, str(HERE / "controls.py"), *names], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
    results = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            result = json.loads(line)
            results[result["name"]] = result
    missing = set(names) - set(results)
    assert not missing, f"no result of {sorted(missing)}\n{done.stderr[-3000:]}"
    return results


def of_verdict(report: dict, verdict: str) -> dict:
    """name: detail of the attacks with that verdict."""
    return {attack["name"]: attack["detail"] for attack in report["attacks"] if attack["verdict"] == verdict}
