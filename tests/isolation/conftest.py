# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the isolation suite: a server with secrets to find, and a run to attack.

The suite runs in the modes of SANDGATE_TEST_MODES (tests/conftest.py); a test whose claim needs a layer
that a mode has not is limited by needs(), by the layers that the reply lists.
"""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import sandgate

sys.path.insert(0, str(Path(__file__).resolve().parent))

import attack  # noqa: E402

SECRET = "secret-of-the-server-7f3a"
VICTIM = """
import socket
os.umask(0)
open("victim-file", "w").write("private text of the victim")
os.chmod(".", 0o777)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind("\\0" + name)
listener.listen()
name_process(name)
time.sleep(600)
"""


@pytest.fixture(scope="session")
def secret_server(mode):
    """A server whose environment, configuration and log hold SECRET; runs may last ten minutes."""
    config = {"app": {"key": SECRET}, "worker_timeout": 600, "max_workers": 4}
    with sandgate.Server(mode=mode, config=config, env={"SECRET_TOKEN": SECRET}) as running:
        (running.folder / "logs/secret.log").write_text(SECRET)
        yield running
    assert not running.leftovers, "processes outlived the server"


@pytest.fixture(scope="session")
def layers(secret_server):
    """The layers that replies list in this mode."""
    return set(secret_server.run("python3", "pass")["data"]["isolation"]["layers"])


@pytest.fixture
def needs(layers):
    """needs(LAYER...): skips the test where one of them is not in force."""
    def check(*names):
        missing = set(names) - layers
        if missing:
            pytest.skip(f"not in force here: {', '.join(sorted(missing))}")
    return check


@pytest.fixture(scope="session")
def long_victim(secret_server):
    name = attack.unique("victim")
    with attack.open_run(secret_server, VICTIM, name=name):
        pid = attack.wait_named(name)[0]
        scratch = [path for path in secret_server.scratch_files() if path.endswith("/victim-file")]
        yield SimpleNamespace(pid=pid, name=name, file=scratch[0] if scratch else "/tmp/victim-file")


@pytest.fixture
def victim(long_victim):
    """A run that goes on during the test: .pid, .name (process and abstract socket), .file (as it sees it)."""
    yield long_victim
    assert attack.processes_named(long_victim.name) == [long_victim.pid], "the victim did not survive"


@pytest.fixture
def target():
    """A process of the test, to attack from outside: its pid."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process.pid
    process.kill()
    process.wait()
