# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy on the C++ files named on stdin, several at a time. Called by `./dev lint`.

A file that was clean is not looked at again until it, a header of the repository or .clang-tidy changes:
its digest is kept in BUILD/lint/. Headers are looked at through the files that include them.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# Files that clang-tidy 14 cannot read, each with the reason.
UNREADABLE = {}

# Options of g++ that clang does not know, and its precompiled headers.
GCC_ONLY = re.compile(r" (-f(coroutines|concepts)\S*|-Wno-(mismatched-new-delete|stringop|maybe-uninit)\S*"
                      r"|-include \S+/cmake_pch\.hxx)(?= )")


def digest(file: Path, shared: bytes) -> str:
    return hashlib.sha256(shared + str(file).encode() + file.read_bytes()).hexdigest()


def shared_state(root: Path) -> bytes:
    """What the verdict of every file depends on."""
    state = hashlib.sha256((root / ".clang-tidy").read_bytes())
    for folder in ("src", "bench", "tests"):
        for header in sorted((root / folder).rglob("*.h")):
            state.update(str(header).encode() + header.read_bytes())
    return state.digest()


def prepare_commands(build: Path) -> Path:
    """A folder with a compilation database that clang can read."""
    commands = json.loads((build / "compile_commands.json").read_text())
    for entry in commands:
        entry["command"] = GCC_ONLY.sub("", entry["command"])
    folder = build / "lint"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(commands))
    return folder


def look_at(file: Path, folder: Path) -> tuple:
    """(exit status, what it says)"""
    command = [shutil.which("clang-tidy-14") or "clang-tidy", "--quiet", "-p", str(folder), str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout + ("" if done.returncode == 0 else done.stderr)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    folder = prepare_commands(arguments.build.resolve())
    known = {entry["file"] for entry in json.loads((folder / "compile_commands.json").read_text())}
    shared = shared_state(root)
    work = []
    for name in sys.stdin.read().split():
        file = (root / name).resolve()
        if file.suffix != ".cc" or str(file) not in known:
            continue
        if name in UNREADABLE:
            print(f"left out: {name}: {UNREADABLE[name]}")
            continue
        mark = folder / digest(file, shared)
        if not mark.exists():
            work.append((file, mark))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (file, mark), (status, text) in zip(work, pool.map(lambda one: look_at(one[0], folder), work)):
            if status == 0:
                mark.touch()
            else:
                failed += 1
                print(text)
    print(f"clang-tidy: {len(work)} files looked at, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
