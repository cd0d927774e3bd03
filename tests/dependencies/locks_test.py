# SPDX-License-Identifier: Apache-2.0
"""Claim: a run that locks the folders of environments keeps the server neither from building nor from switching."""

import threading

import sandgate
from conftest import environments, update, version_of
from packages import make_wheel

# Locks every folder of an environment as soon as it can be opened, and keeps the locks.
LOCKER = """
import fcntl, os, sys
folder, held = os.path.dirname(sys.prefix), {}
while True:
    for name in os.listdir(folder):
        try:
            if name not in held:
                held[name] = os.open(os.path.join(folder, name), os.O_RDONLY)
            fcntl.flock(held[name], fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            pass
"""


def test_a_run_that_locks_each_new_folder(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    server = site.serve(config={"worker_timeout": 600, "server": {"drain_timeout": 0}})
    assert version_of(server, "demo") == "1.0"
    first = environments(server)
    locker = threading.Thread(target=server.run_many, args=([("python3", LOCKER)],))
    locker.start()
    for version in ("2.0", "3.0"):
        make_wheel(site.wheels, "demo", version)
        assert update(server)["code"] == 0
        assert version_of(server, "demo") == version
    # That of the run stays as long as it lives.
    sandgate.wait_for(lambda: len(environments(server)) == 2, what="the one that nobody uses to go")
    assert set(first) < set(environments(server))
    server.stop()
    locker.join()
