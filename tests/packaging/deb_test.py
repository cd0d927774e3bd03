# SPDX-License-Identifier: Apache-2.0
"""The Debian package on a clean machine: installed, its service under systemd in mode `full`, removed, purged.

The machine is a debootstrap with systemd in a container with all rights. Skipped, with the reason, where that cannot be.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import container
import pytest
import sandgate

TOOLS = ["cpack", "dpkg-shlibdeps", "debootstrap", "podman", "runc"]
PACKAGES = ["systemd", "systemd-sysv", "dbus", "curl", "nodejs", "python3-jinja2"]
KEY = "a-key-of-the-operator"
UNIT = "/lib/systemd/system/sandgate.service"


def run(*command, seconds: float = 300, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=seconds, errors="replace")
    assert done.returncode == 0 or not check, f"{command}: {done.returncode}\n{done.stdout[-3000:]}"
    return done


class Machine:
    """A clean Debian with the package installed; systemd runs from start() on."""

    def __init__(self, folder: Path):
        self.root = folder / "root"
        self.name = f"sandgate-machine-{os.getpid()}"
        self.folder = folder

    def install(self):
        run("cpack", "--config", sandgate.build_dir() / "CPackConfig.cmake", "-B", self.folder / "deb")
        package = next((self.folder / "deb").glob("*.deb"))
        run(sandgate.REPOSITORY / "packaging/base.sh", "unpack", self.root, seconds=1200)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        self.chroot("apt-get", "-qq", "update")
        self.apt(*PACKAGES)
        self.before = self.files()
        shutil.copy(package, self.root / "root/sandgate.deb")
        self.apt("/root/sandgate.deb")
        (self.root / "root/sandgate.deb").unlink()

    def apt(self, *packages):
        self.chroot("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Options::=--force-unsafe-io",
                    "install", "-y", "--no-install-recommends", *packages)

    def chroot(self, *command):
        return run("chroot", self.root, *command, seconds=900)

    def start(self):
        run(container.SCRIPT, "machine", self.name, self.root)
        sandgate.wait_for(lambda: self.do("systemctl", "is-system-running", check=False).stdout.strip() in (
            "running", "degraded"), 60, "systemd")

    def do(self, *command, check: bool = True, seconds: float = 300):
        return run(container.SCRIPT, "exec", self.name, *command, check=check, seconds=seconds)

    def files(self) -> set:
        """What a package may leave; not dpkg's own notes, caches and what a system writes while it runs."""
        return {str(path.relative_to(self.root)) for top in ("etc", "usr", "lib", "var/lib", "var/log", "opt", "srv")
                for path in (self.root / top).rglob("*sandgate*")}

    def close(self):
        subprocess.run([container.SCRIPT, "remove", self.name], check=False)


@pytest.fixture(scope="module")
def machine():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"needs root, and {', '.join(missing) or 'nothing else'}")
    if reason := container.why_not():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="sandgate-deb-", dir="/var/tmp"))
    made = Machine(folder)
    try:
        made.install()
        made.start()
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)


def answer(machine, code: str) -> dict:
    """The reply of the service to a Python program."""
    body = json.dumps({"language": "python3", "code": code, "preload": "", "enable_network": True})
    done = machine.do("curl", "-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "1",
                      "http://127.0.0.1:8194/v1/sandbox/run", "-H", f"X-Api-Key: {KEY}", "-H",
                      "Content-Type: application/json", "-d", body)
    return json.loads(done.stdout)


def test_the_service_waits_for_its_operator(machine):
    """The shipped key is known to everybody: nothing listens before somebody has started it."""
    assert machine.do("systemctl", "is-enabled", "sandgate", check=False).stdout.strip() == "disabled"
    assert machine.do("systemctl", "is-active", "sandgate", check=False).stdout.strip() == "inactive"
    config = machine.root / "etc/sandgate/config.yaml"
    assert "address: 127.0.0.1" in config.read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600, "it holds keys"


def test_programs_work_without_the_service(machine):
    doctor = machine.do("sandgate", "doctor", "--config", "/etc/sandgate/config.yaml").stdout
    assert doctor.startswith("isolation mode: full\n") and "warning" not in doctor, doctor
    (machine.root / "root/a.py").write_text("print(6 * 7)\n")
    assert "42\n" in machine.do("sandgate", "run", "--config", "/etc/sandgate/config.yaml", "/root/a.py").stdout


def test_the_service_has_full_isolation(machine):
    (machine.root / "etc/default/sandgate").write_text(f"API_KEY={KEY}\n")
    machine.do("systemctl", "start", "sandgate")
    reply = answer(machine, "print(6 * 7)")
    assert reply["data"]["stdout"] == "42\n", reply
    assert reply["data"]["isolation"]["mode"] == "full"
    assert {"mount_ns", "pid_ns", "net_ns", "readonly_root", "landlock_fs", "unique_uid", "cgroup_memory", "cgroup_pids",
            "cgroup_cpu", "seccomp"} <= set(reply["data"]["isolation"]["layers"])


def test_a_refusal_is_explained_in_the_service(machine):
    """A filter of systemd would answer first, and nobody would know why."""
    data = answer(machine, "import ctypes; print(ctypes.CDLL(None, use_errno=True).reboot(0))")["data"]
    assert [denial["syscall"] for denial in data["denied"]] == ["reboot"], data


def test_no_attack_gets_through_the_service(machine):
    """`sandgate selftest` under the limits of the unit."""
    text = (machine.root / UNIT.lstrip("/")).read_text()
    text = re.sub("^ExecStart=.*", "ExecStart=/usr/bin/sandgate selftest --config /etc/sandgate/config.yaml", text, flags=re.M)
    text = text.replace("Type=exec", "Type=oneshot").replace("Restart=on-failure", "Restart=no")
    text = text.replace("[Service]", "[Service]\nStandardOutput=file:/var/log/selftest")
    (machine.root / "etc/systemd/system/selftest.service").write_text(text)
    machine.do("systemctl", "daemon-reload")
    machine.do("systemctl", "start", "selftest", check=False, seconds=600)
    said = (machine.root / "var/log/selftest").read_text()
    assert machine.do("systemctl", "show", "--value", "-p", "ExecMainStatus", "selftest").stdout.strip() == "0", said[-3000:]
    (machine.root / "etc/systemd/system/selftest.service").unlink()


def test_stops_cleanly(machine):
    machine.do("systemctl", "stop", "sandgate")
    assert machine.do("systemctl", "show", "--value", "-p", "Result", "sandgate").stdout.strip() == "success"


def test_removed_it_keeps_the_configuration(machine):
    machine.do("systemctl", "start", "sandgate")
    machine.do("dpkg", "--remove", "sandgate")
    assert machine.do("pgrep", "-x", "sandgate", check=False).returncode != 0
    assert (machine.root / "etc/sandgate/config.yaml").exists() and not (machine.root / "usr/bin/sandgate").exists()


def test_purged_nothing_is_left(machine):
    (machine.root / "etc/default/sandgate").unlink()  # the operator's own
    machine.do("dpkg", "--purge", "sandgate")
    assert machine.files() - machine.before == set()
