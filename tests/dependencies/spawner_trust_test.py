# SPDX-License-Identifier: Apache-2.0
"""Claim: what a package has written runs in runs only, when every lock is in force, and never in a fork server,
which has the server's rights.

Origin: Python runs *.pth files, sitecustomize and whatever its own folder holds when it starts; a wheel brings them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import version_of
from packages import make_wheel

# Tells as whom it ran: a run has a uid of its own, a fork server the server's.
MARK = "import builtins, os; builtins.%s = os.getuid()\n"
SEEN = """
import builtins, json, os
print(os.getuid())
print(json.dumps([getattr(builtins, name, None) for name in ("by_pth", "by_site", "by_jinja2", "by_listed")]))
"""


@pytest.fixture
def hostile(site):
    make_wheel(site.wheels, "hostile", "1.0", {
        "hostile.py": "version = '1.0'\n", "hostile.pth": MARK % "by_pth",
        "usercustomize.py": MARK % "by_site", "sitecustomize.py": MARK % "by_site",
        "jinja2/__init__.py": MARK % "by_jinja2", "requests/__init__.py": "",
        "listed.py": MARK % "by_listed"})
    site.require("hostile\n")
    return site


@pytest.mark.parametrize("spawner", ["auto", "exec"])
@pytest.mark.modes("full", "container")
def test_start_up_code_of_a_package_runs_confined(hostile, spawner):
    server = hostile.serve(config={"python_spawner": spawner})
    assert version_of(server, "hostile") == "1.0"
    data = server.run("python3", SEEN)["data"]
    assert data["outcome"] == "ok", data
    uid, shown = data["stdout"].splitlines()
    by_pth, by_site, by_jinja2, by_listed = json.loads(shown)
    assert by_pth == int(uid) != os.getuid() and by_site in (int(uid), None), data
    assert by_jinja2 is None and by_listed is None, data


def test_without_the_jail_it_runs_at_the_start(hostile, tmp_path):
    """The control: in an ordinary environment the same wheel runs before any program."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    [site_packages] = tmp_path.glob("lib/python*/site-packages")
    (site_packages / "hostile.pth").write_text(MARK % "by_pth")
    shown = subprocess.run([tmp_path / "bin/python3", "-c", SEEN], stdout=subprocess.PIPE, check=True).stdout
    uid, shown = shown.splitlines()
    assert json.loads(shown)[0] == int(uid)


@pytest.mark.modes("full", "container")
def test_no_fork_server_is_started_from_the_folder_of_an_environment(site):
    """An installer may have put another program there, or another pyvenv.cfg."""
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    server = site.serve(config={"warm_up": "at_start"})
    version_of(server, "demo")
    started = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in server.spawners()]
    of_environment = [line for line in started if any(b"/environments/python3-" in word for word in line)]
    assert of_environment and not any(b"/environments/" in line[0] for line in of_environment)


@pytest.mark.modes("full", "container")
def test_a_forked_run_sees_its_environment_as_a_cold_one_does(site):
    make_wheel(site.wheels, "demo", "1.0", {"demo.py": "version = '1.0'\n", "extra.pth": "more\n", "more/inner.py": "x = 3\n"})
    site.require("demo\n")
    code = """
import demo, inner, json, os, site, sys, sysconfig
folder = sys.prefix
print(json.dumps([path.replace(folder, "@") for path in (*sys.path, sys.executable, sys.exec_prefix, *site.PREFIXES,
                  sysconfig.get_paths()["purelib"], demo.__file__, *site.getsitepackages())] + [sys.base_prefix != folder]))
"""
    shown = set()
    for spawner in "auto", "exec":
        server = site.serve(config={"python_spawner": spawner})
        version_of(server, "demo")
        for _ in range(3):
            data = server.run("python3", code)["data"]
            assert data["outcome"] == "ok", data
            shown.add(data["stdout"])
    assert len(shown) == 1, shown


@pytest.mark.modes("full", "container")
def test_a_package_of_the_environment_is_not_the_systems_that_was_warm(site):
    make_wheel(site.wheels, "jinja2", "99.0")
    site.require("jinja2==99.0\n")
    server = site.serve()
    for _ in range(3):
        assert version_of(server, "jinja2") == "99.0"


@pytest.mark.modes("full", "container")
def test_a_listed_module_of_the_environment_is_warm(site):
    make_wheel(site.wheels, "demo", "1.0", {"demo.py": "import os\nversion = '1.0'\npid = os.getpid()\n"})
    site.require("demo\n")
    server = site.serve(config={"warm_modules": ["default", "demo"], "warm_up": "at_start"})
    version_of(server, "demo")
    data = server.run("python3", "import sys; print('demo' in sys.modules)")["data"]
    assert data["stdout"] == "True\n", data
