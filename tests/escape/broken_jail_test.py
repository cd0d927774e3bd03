# SPDX-License-Identifier: Apache-2.0
"""Claim: `sandgate selftest` fails where a jail is weaker than it says, and leaves nothing behind when it is ended."""

import signal
import subprocess
from pathlib import Path

import pytest
import sandgate
import staging


@pytest.mark.machine  # a container refuses that call by itself
def test_a_hazardous_call_that_is_allowed_is_found():
    config = {"allowed_syscalls": ["io_uring_setup"], "allow_hazardous_syscalls": True}
    status, report = staging.selftest("full", "--only", "kernel/io_uring*", config=config)
    assert status == 1
    assert staging.of_verdict(report, "got_through"), report


def test_files_that_every_run_may_read_are_found():
    config = {"read_only_paths": ["/var/tmp"]}
    status, report = staging.selftest("container", "--only", "files/open_foreign_file*", config=config)
    assert status == 1
    assert "files/open_foreign_file.py" in staging.of_verdict(report, "got_through"), report


def test_an_unknown_pattern_is_an_error():
    done = subprocess.run([sandgate.binary(), "selftest", "--only", "no-such-attack"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert "no-such-attack" in done.stderr


def victim_of(pid: int):
    """The victim that a selftest has started, once it is ready."""
    for child in sandgate.descendants(pid):
        try:
            if b"selftest-victim" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        except OSError:
            pass  # it has ended meanwhile
    return None


def stage_of(victim: int) -> Path:
    """The folder of the stage that holds the victim's mark."""
    mark = Path(f"/proc/{victim}/environ").read_text().partition("=")[2].strip("\0")
    found = [file for file in Path("/var/tmp").glob("sandgate-stage-*/secret/secret.txt") if mark in file.read_text()]
    return found[0].parents[1]


def test_a_signal_ends_it_and_everything_is_removed():
    server = sandgate.Server(mode="full")
    try:
        server.write_config()
        process = subprocess.Popen([sandgate.binary(), "selftest", "--config", server.config_file], env=server.env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        victim = sandgate.wait_for(lambda: victim_of(process.pid), 60, "a victim")
        stage = stage_of(victim)
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=60)[1]
    finally:
        server.close()
    assert process.returncode == 1, error
    assert "ended by a signal" in error
    assert not stage.exists()
    assert sandgate.read_stat(victim) is None
