# SPDX-License-Identifier: Apache-2.0
"""Claim: a disk that is full, or can no longer be written, costs at most the answers that need it.

The log's and the state directory's disks are small file systems of the test's own. In `full` nothing of a run is on
disk: its own /tmp is in memory, and what fills it is told to the run (tests/isolation/limits_test.py). A full /tmp of
the machine is the state directory's disk by another name: the server writes nowhere else.
"""

import os
import subprocess

import pytest
import sandgate
import service


@pytest.fixture
def small_disk():
    """small_disk(FOLDER, OPTIONS): mounts a file system there; taken off at the end."""
    if os.geteuid() != 0:
        pytest.skip("mounts need root")
    mounted = []

    def mount(folder, options: str):
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sandgate-test", str(folder)], check=True)
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    """Writes until nothing more goes in, and makes files until there can be no more."""
    with open(folder / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    for number in range(1000):
        try:
            (folder / f"filler{number}").touch()
        except OSError:
            return
    raise AssertionError("that disk cannot be filled")


def fill_until(folder, clients, outcome: str):
    """Keeps it full, whatever runs give back, until requests have ended that way."""
    target = clients.outcomes[outcome] + 2
    def ended():
        fill(folder)
        return clients.outcomes[outcome] >= target
    sandgate.wait_for(ended, 30, f"requests that end {outcome}")


def empty(folder):
    for path in folder.glob("filler*"):
        path.unlink()


@pytest.fixture
def server_on(mode, small_disk):
    """server_on(FOLDER, OPTIONS, **config): a server one of whose folders is such a disk, and the disk."""
    started = []

    def make(name: str, options: str, **config):
        server = sandgate.Server(mode=mode, config=config)
        started.append(server)
        small_disk(server.folder / name, options)
        return server.start(), server.folder / name

    yield make
    for server in started:
        server.stop()
    assert not any(server.leftovers for server in started)


def logged_runs(folder) -> int:
    return (folder / "app.log").read_text(errors="replace").count("run_id")


def test_requests_are_served_when_the_log_is_full_and_it_goes_on_later(server_on):
    server, disk = server_on("logs", "size=256k,nr_inodes=20,mode=777")
    service.wait_for_service(server)
    with service.Clients(server) as clients:
        clients.wait_for("served", 2)
        fill(disk)
        clients.wait_for("served", 6)
        empty(disk)
        before = logged_runs(disk)
        clients.wait_for("served", 4)
    clients.check()
    assert logged_runs(disk) > before
    service.wait_for_service(server)


def test_requests_are_served_when_the_log_is_read_only(server_on):
    server, disk = server_on("logs", "size=256k,ro")
    with service.Clients(server) as clients:
        clients.wait_for("served", 4)
    clients.check()
    assert any("log file cannot be opened" in line["msg"] for line in server.log_lines())
    assert not list(disk.iterdir())


def test_a_full_state_directory_costs_answers_only_as_long_as_it_is_full(server_on, layers):
    server, disk = server_on("state", "size=1m,nr_inodes=100,mode=755", max_workers=4)
    before = service.at_rest(server)
    with service.Clients(server) as clients:
        clients.wait_for("served", 4)
        for _ in range(3):
            fill_until(disk, clients, "served" if "mount_ns" in layers else "unable")
            empty(disk)
            clients.wait_for("served", 4)
    clients.check("unable")
    service.wait_for_service(server)
    service.wait_for_rest(server, before)
