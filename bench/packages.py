# SPDX-License-Identifier: Apache-2.0
"""Servers with packages of data work, from a folder of wheels that pip fills once ($SANDGATE_BENCH_WHEELS,
/var/tmp/sandgate-bench-wheels), so that no figure is the network's."""

import os
import shutil
import subprocess
from pathlib import Path

from machine import sandgate

PANDAS = "pandas==2.2.3"
REQUIREMENTS = (PANDAS, "scikit-learn==1.5.2", "matplotlib==3.9.2", "openpyxl==3.1.5", "requests==2.32.3")
MORE = "tabulate==0.9.0"  # of every second update
BUILD_SECONDS = 600.0


class Site:
    """A folder of dependencies, and a state_dir that several servers have one after the other."""

    def __init__(self, folder: Path, mode: str, config: dict):
        """`config` names the interpreters; a user of a run may read `folder`."""
        self.folder, self.mode, self.config = folder, mode, config
        folder.chmod(0o755)
        (folder / "state").mkdir()
        (folder / "dependencies").mkdir()
        shutil.copytree(fill_wheels(config["python_path"]), folder / "dependencies/wheels")

    def require(self, *requirements: str):
        (self.folder / "dependencies/python-requirements.txt").write_text("\n".join(requirements) + "\n")

    def server(self) -> sandgate.Server:
        config = {**self.config, "state_dir": str(self.folder / "state"),
                  "dependencies": {"folder": str(self.folder / "dependencies"), "offline": True}}
        return sandgate.Server(config=config, env={"SANDGATE_WARM_UP": "at_start"}, mode=self.mode)

    def python(self) -> str:
        """The interpreter of the one environment that is installed."""
        (program,) = (self.folder / "state/environments").glob("*/bin/python3")
        return str(program)


def fill_wheels(python: str) -> Path:
    folder = Path(os.environ.get("SANDGATE_BENCH_WHEELS") or "/var/tmp/sandgate-bench-wheels")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    done = folder / "complete"
    wanted = "\n".join((*REQUIREMENTS, MORE))
    if not done.exists() or done.read_text() != wanted:
        subprocess.run([python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:",
                        "--dest", folder, *REQUIREMENTS, MORE], check=True)
        done.write_text(wanted)
    return folder


def wait_ready(server):
    """Until the packages are installed."""
    sandgate.wait_for(lambda: server.request("GET", "/ready")[0] == 200, BUILD_SECONDS, "/ready")
