# SPDX-License-Identifier: Apache-2.0
"""The emulated container is as strict as a default one; else the tests in its mode would prove nothing.

Each attempt is first shown to succeed without the emulation, where the machine lets root do it.
"""

import os
import subprocess

import pytest
import sandgate

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

DEFAULT_CAPABILITIES = 0xA80425FB
ATTEMPTS = {
    "user namespace": ["unshare", "-U", "true"],
    "mount namespace": ["unshare", "-m", "true"],
    "mount": ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
    "personality": ["setarch", "-R", "true"],
}


def status(command) -> int:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def output(mode: str, *command) -> str:
    return subprocess.run([*sandgate.launcher_for(mode), *command], stdout=subprocess.PIPE, text=True, check=True).stdout


def capabilities(mode: str) -> dict:
    lines = output(mode, "cat", "/proc/self/status").splitlines()
    return {line.split()[0].rstrip(":"): int(line.split()[1], 16) for line in lines if line.startswith("Cap")}


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize("mode", ["container", "rootless"])
def test_refuses_what_a_container_refuses(mode, name):
    if status(ATTEMPTS[name]) != 0:
        pytest.skip("this machine refuses it to root as well")
    assert status([*sandgate.launcher_for(mode), *ATTEMPTS[name]]) != 0


def test_root_keeps_the_default_capabilities_only():
    found = capabilities("container")
    assert found["CapEff"] & ~DEFAULT_CAPABILITIES == 0
    assert found["CapBnd"] & ~DEFAULT_CAPABILITIES == 0
    assert output("container", "chroot", "/", "id", "-u") == "0\n"


def test_rootless_has_no_capability():
    found = capabilities("rootless")
    assert found["CapEff"] == found["CapPrm"] == found["CapAmb"] == 0
    assert output("rootless", "id", "-u") == f"{sandgate.ROOTLESS_UID}\n"


def test_plain_user_may_make_user_namespaces():
    ordinary = ["setpriv", "--reuid", str(sandgate.ROOTLESS_UID), "--clear-groups", "unshare", "-U", "true"]
    if status(ordinary) != 0:
        pytest.skip("this machine refuses it to ordinary users")
    assert status([*sandgate.launcher_for("rootless-userns"), "unshare", "-U", "true"]) == 0


@pytest.mark.parametrize("mode", ["container-no-landlock", "rootless-no-landlock"])
def test_a_kernel_without_landlock(mode):
    code = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall(444, 0, 0, 1), ctypes.get_errno())"
    assert output(mode, "/usr/bin/python3", "-c", code) == "-1 38\n"


def test_sys_is_read_only():
    tried = "import os\ntry: os.mkdir('/sys/fs/cgroup/sandgate-test-probe')\nexcept OSError as e: print(e.errno)"
    assert output("container", "/usr/bin/python3", "-c", tried) == "30\n"
