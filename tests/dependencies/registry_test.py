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


@pytest.fixture
def python_without_pip(site):
    """An interpreter, and the folder of a uv beside it."""
    if not reaches("/usr/bin/python3", "-m", "pip", "index", "versions", "uv"):
        pytest.skip("pip reaches no index here")
    tools, python = site.folder / "tools", site.folder / "python"
    subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--target", tools, "uv"], check=True)
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", python], check=True)
    return python / "bin/python3", tools / "bin"


def test_uv_where_there_is_no_pip(site, python_without_pip):
    python, tools = python_without_pip
    site.require(REQUIREMENTS)
    server = site.serve(config={"python_path": str(python), "dependencies": {"offline": False}},
                        env={"PATH": f"{tools}:/usr/bin:/bin"})
    data = server.run("python3", "import six; print(six.__version__)")["data"]
    assert data["stdout"] == "1.17.0\n", data


def test_npm_from_its_cache_without_a_registry(site):
    if not shutil.which("npm") or not reaches("npm", "view", "is-number", "version"):
        pytest.skip("npm reaches no registry here")
    site.require_node(**{"is-number": "7.0.0"})
    filled = site.folder / "filled"
    filled.mkdir()
    shutil.copy(site.folder / "package.json", filled)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved=false", "--cache",
                    site.folder / "npm-cache"], cwd=filled, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(filled / "package-lock.json", site.folder)
    server = site.serve()
    data = server.run("nodejs", "console.log(require('is-number')('12'))")["data"]
    assert data["stdout"] == "true\n", data
