# SPDX-License-Identifier: Apache-2.0
"""What every measurement in bench/ shares: the interpreters, the programs, and where results are kept."""

import os
import platform
import shutil
import signal
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

import sandgate  # noqa: E402

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped

sandgate.node_is_forked = lambda: True  # servers as they are by default, whatever the node

MEASUREMENTS = REPOSITORY / "docs/measurements.md"


def interpreters() -> dict:
    """The real program of each language, never a wrapper script that would slow the cold start."""
    node = shutil.which("node") or shutil.which("nodejs") or ""
    return {"python3": os.path.realpath("/usr/bin/python3"), "nodejs": os.path.realpath(node) if node else ""}


def program_path(name: str) -> str:
    """A program of this folder, as it was built."""
    return str(sandgate.build_dir() / "bench" / name)


def name_machine() -> str:
    return f"{os.cpu_count()} CPUs, Linux {platform.release()}"


def keep(section: str, text: str) -> None:
    """Replaces what stands between the marks of `section` in docs/measurements.md."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    before, rest = MEASUREMENTS.read_text().split(begin)
    MEASUREMENTS.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")
