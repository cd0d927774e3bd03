# SPDX-License-Identifier: Apache-2.0
"""Claim: which layers are in force is told by `sandgate doctor` and by every reply, and never less than asked.

Origin: sandboxes that fell back to a weaker mode in silence.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import sandgate

EXPECTED = {
    "full": ("full", {"mount_ns", "pid_ns", "net_ns", "readonly_root", "tmpfs", "unique_uid"}),
    "container": ("container", {"landlock_fs", "unique_uid"}),
    "container-no-landlock": ("container", {"chroot", "unique_uid"}),
    "rootless": ("rootless", {"landlock_fs"}),
    "rootless-userns": ("rootless", {"user_ns", "mount_ns", "pid_ns", "net_ns"}),
}
ALWAYS = {"private_scratch", "rlimits", "no_capabilities", "no_new_privs", "seccomp"}


@pytest.fixture(params=list(EXPECTED))
def any_mode(request):
    return request.param


@pytest.fixture
def folder():
    """A folder that every user may write; above tmp_path there are some that others may not enter."""
    with tempfile.TemporaryDirectory(prefix="sandgate-test-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def command(folder):
    """command(MODE, VERB, CONFIG): the finished process."""
    def run(mode: str, verb: str, config: dict):
        file = folder / "config.yaml"
        defaults = {"app": {"port": 0, "key": "k"}, "state_dir": str(folder), "log_path": str(folder)}
        file.write_text(json.dumps(sandgate.merged(defaults, config)))
        return subprocess.run([*sandgate.launcher_for(mode), str(sandgate.binary()), verb, "--config", str(file)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, cwd=folder)
    return run


def layer_lines(output: str) -> dict:
    """name: (in force, reason)"""
    lines = re.findall(r"^  \[(yes| no)\] (\w+) +(.+)$", output, re.MULTILINE)
    return {name: (state == "yes", reason) for state, name, reason in lines}


def test_doctor_tells_of_spawners_that_cannot_start(command):
    done = command("full", "doctor", {"limits": {"open_files": 16}})
    assert (done.returncode, done.stderr) == (0, "")
    assert "without network" in done.stdout


def test_doctor_tells_mode_and_layers(any_mode, command):
    done = command(any_mode, "doctor", {})
    mode, layers = EXPECTED[any_mode]
    assert done.returncode == 0 and f"isolation mode: {mode}\n" in done.stdout, done.stderr
    in_force = {name for name, (yes, _) in layer_lines(done.stdout).items() if yes}
    assert layers | ALWAYS <= in_force


def test_doctor_gives_a_reason_for_every_layer(any_mode, command):
    lines = layer_lines(command(any_mode, "doctor", {}).stdout)
    assert len(lines) >= 15 and all(reason.strip() for _, reason in lines.values())


def test_doctor_tells_why_a_language_starts_cold(command, folder):
    """One line for each language without a fork server."""
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho v18.19.0\necho {node}\n")
    node.chmod(0o755)
    told = command("full", "doctor", {"nodejs_path": str(node), "python_spawner": "exec"}).stdout
    spawners = told[told.index("spawners:"):].splitlines()[1:]
    assert [line.split(None, 1) for line in spawners] == [
        ["python3", "started cold: python_spawner is exec"],
        ["nodejs", "started ahead, one process for each run: the fork server is for Node.js 20 and 22, this is v18.19.0"]]


def test_a_reason_is_the_kernels_own_word(command):
    lines = layer_lines(command("container", "doctor", {}).stdout)
    assert "EPERM" in lines["mount_ns"][1]
    assert "ENOSYS" in layer_lines(command("container-no-landlock", "doctor", {}).stdout)["landlock_fs"][1]


def test_replies_list_what_doctor_tells(mode, server, command):
    isolation = server.run("python3", "print(1)")["data"]["isolation"]
    doctor = command(mode, "doctor", {}).stdout
    assert f"isolation mode: {isolation['mode']}\n" in doctor
    assert set(isolation["layers"]) == {name for name, (yes, _) in layer_lines(doctor).items() if yes}


def test_failed_runs_list_the_layers_too(server):
    good = server.run("python3", "print(1)")["data"]["isolation"]
    assert server.run("python3", "1/0")["data"]["isolation"] == good
    assert server.run("nodejs", "process.abort()")["data"]["isolation"] == good


@pytest.mark.parametrize("verb", ["doctor", "serve"])
@pytest.mark.parametrize("mode,name", [("container", "pid_ns"), ("container", "full"), ("rootless", "unique_uid"),
                                       ("container-no-landlock", "landlock_fs"), ("full", "no_such_layer")])
def test_a_required_layer_that_is_missing_refuses_to_start(command, verb, mode, name):
    done = command(mode, verb, {"isolation": {"require": [name]}})
    assert done.returncode == 1
    assert "isolation.require" in done.stderr and name in done.stderr


def test_required_layers_that_are_there_let_it_start(any_mode, command):
    _, layers = EXPECTED[any_mode]
    assert command(any_mode, "doctor", {"isolation": {"require": sorted(layers | ALWAYS)}}).returncode == 0


@pytest.mark.parametrize("verb", ["doctor", "serve"])
def test_the_mode_full_is_refused_in_a_container(command, verb):
    done = command("container", verb, {"isolation": {"mode": "full"}})
    assert done.returncode == 1
    assert "isolation.mode: full cannot be had here" in done.stderr and "EPERM" in done.stderr


@pytest.mark.parametrize("verb", ["doctor", "serve"])
def test_nothing_starts_where_nothing_would_hold_a_run(command, verb):
    done = command("rootless-no-landlock", verb, {})
    assert done.returncode == 1 and "nothing would keep a run" in done.stderr


def test_the_mode_container_can_be_asked_for_where_more_could_be_had(make_server):
    server = make_server(mode="full", config={"isolation": {"mode": "container"}})
    isolation = server.run("python3", "print(1)")["data"]["isolation"]
    assert isolation["mode"] == "container" and "mount_ns" not in isolation["layers"]


def packages_lines(output: str) -> list:
    """What doctor says below "packages:"."""
    return [line.strip() for line in output[output.index("packages:"):output.index("spawners:")].splitlines()[1:]]


@pytest.fixture
def asked_for(folder):
    """asked_for(REQUIREMENTS): settings that ask for packages of both languages."""
    def write(requirements: str = "six\n") -> dict:
        (folder / "python-requirements.txt").write_text(requirements)
        (folder / "package.json").write_text('{"dependencies": {"left": "*"}}')
        return {"dependencies": {"folder": str(folder)}}
    return write


def test_doctor_says_that_nothing_is_asked_for(command, folder):
    told = packages_lines(command("full", "doctor", {"dependencies": {"folder": str(folder)}}).stdout)
    assert told == [f"none are asked for: there is neither {folder}/python-requirements.txt nor {folder}/package.json"]


@pytest.mark.skipif(shutil.which("uv", path="/usr/local/bin:/usr/bin:/bin") is not None, reason="uv is here")
def test_doctor_names_a_missing_pip(command, folder, asked_for):
    # In /var/tmp, as /tmp is a run's own.
    with tempfile.TemporaryDirectory(prefix="sandgate-test-", dir="/var/tmp") as bare:
        Path(bare).chmod(0o755)
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", bare], check=True)
        python = f"{bare}/bin/python3"
        told = packages_lines(command("full", "doctor", {"python_path": python, **asked_for()}).stdout)
        warning = f"warning: nothing can be installed, as {python} has no pip, and there is no uv; "
        assert [line for line in told if line.startswith(warning) and "apt-get install python3-pip" in line], told
        told = packages_lines(command("full", "doctor", {"python_path": python, **asked_for("# nothing\n")}).stdout)
        assert not [line for line in told if "pip" in line], told
        assert "it asks for no package" in told[0]


def test_doctor_names_a_missing_npm(command, folder, asked_for):
    settings = asked_for()
    places = [place for place in ("/usr/lib/node_modules/npm", "/usr/local/lib/node_modules/npm", "/usr/share/nodejs/npm")
              if Path(place).is_dir()]
    hide = " && ".join([*(f"mount -t tmpfs none {place}" for place in places), 'exec "$@"'])
    command("full", "doctor", settings)  # writes the file
    done = subprocess.run(["unshare", "-m", "sh", "-c", hide, "sh", str(sandgate.binary()), "doctor", "--config",
                           str(folder / "config.yaml")], capture_output=True, text=True, timeout=60, cwd=folder)
    told = packages_lines(done.stdout)
    warning = "warning: nothing can be installed, as there is no npm for "
    assert [line for line in told if line.startswith(warning) and "apt-get install npm" in line], done.stdout


@pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm")
def test_doctor_is_content_where_installers_are_there(any_mode, command, asked_for):
    told = packages_lines(command(any_mode, "doctor", asked_for()).stdout)
    assert not [line for line in told if "nothing can be installed" in line], told
    assert sum("nothing is installed yet" in line for line in told) == 2
