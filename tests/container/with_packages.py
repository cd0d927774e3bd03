# SPDX-License-Identifier: Apache-2.0
"""Runs tests in a container whose server has installed packages: with_packages.py FOLDER PYTEST_ARGUMENT...

The image $SANDGATE_TEST_IMAGE is started as it is, with what Docker gives by default and with FOLDER as /dependencies. Its
server installs what the files there name; then the tests run beside it, with it as the server that they share, and none
may miss a package. Called by inside.sh.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import container  # noqa: E402
import sandgate  # noqa: E402

INSTALL_SECONDS = 1800.0
PYTEST = ["python3", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rfEs", "-n", "3"]


def run_tests(server, arguments: list) -> int:
    variables = {"PYTHONDONTWRITEBYTECODE": "1", "SANDGATE_BIN": "/usr/local/bin/sandgate", "SANDGATE_TEST_INSIDE": "container",
                 "SANDGATE_TEST_RUNNING": str(server.port)}
    command = ["env", "-C", "/repository", *("=".join(pair) for pair in variables.items()), *PYTEST, *arguments]
    return subprocess.run([container.SCRIPT, "exec", server.name, *command], check=False).returncode


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sandgate-test-", dir="/var/tmp") as state:
        Path(state).chmod(0o755)
        arguments = container.installing(Path(sys.argv[1]).resolve(), Path(state))
        arguments.append(f"--volume={sandgate.REPOSITORY}:/repository:ro")
        arguments.append("--env=WORKER_TIMEOUT=60")  # the machine may be busy: some packages take seconds to import
        with container.ContainerServer(profile="docker", arguments=arguments) as server:
            server.wait_packages(INSTALL_SECONDS)
            return run_tests(server, sys.argv[2:])


sys.exit(main())
