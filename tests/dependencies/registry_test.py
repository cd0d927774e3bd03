# SPDX-License-Identifier: Apache-2.0
"""Packages from the registries that this machine's pip and npm are set up for; skipped where it reaches none."""

import functools
import shutil
import subprocess

import pytest

REQUIREMENTS = """
six==1.17.0
idna==3.10
"""


@functools.lru_cache(maxsize=None)
def reaches(*command) -> bool:
    """Whether a client finds a package."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30,
                              check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def test_pip(site):
    if not reaches("/usr/bin/python3", "-m", "pip", "index", "versions", "six"):
        pytest.skip("pip reaches no index here")
    site.require(REQUIREMENTS)
    server = site.serve(config={"dependencies": {"offline": False}})
    data = server.run("python3", "import six, idna; print(six.__version__, idna.__version__, idna.encode('ドメイン.テスト'))")["data"]
    assert data["stdout"] == "1.17.0 3.10 b'xn--eckwd4c7c.xn--zckzah'\n", data


def test_npm(site):
    if not shutil.which("npm") or not reaches("npm", "view", "is-number", "version"):
        pytest.skip("npm reaches no registry here")
    site.require_node(**{"is-number": "7.0.0"})
    server = site.serve(config={"dependencies": {"offline": False}})
    data = server.run("nodejs", "console.log(require('is-number')('12'))")["data"]
    assert data["stdout"] == "true\n", data
