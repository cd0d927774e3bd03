# SPDX-License-Identifier: Apache-2.0
"""The files of the repository, for the tests in this folder. Needs no git: what is built or cached is
left out by name."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

DATA = ("tests/data/", "tests/fuzz/corpus/")  # bytes as programs made them
LEFT_OUT = {".git", ".cache", "__pycache__", ".pytest_cache", "logs", "node_modules"}

SOURCE_SUFFIXES = {".cc", ".h", ".py", ".js", ".c", ".sh", ".cmake"}
# Sources without a suffix, and files that tell how they are used at their beginning too.
SOURCE_NAMES = {"dev", "run", "CMakeLists.txt", ".clang-tidy", "Dockerfile", "Containerfile"}


def files() -> list:
    """Every file, sorted."""
    found = []
    for folder, names, file_names in os.walk(ROOT):
        names[:] = [n for n in names if n not in LEFT_OUT and not (Path(folder) == ROOT and n.startswith("build"))]
        found += [Path(folder) / name for name in file_names if not (Path(folder) / name).is_symlink()]
    return sorted(path for path in found if path.suffix not in {".pyc", ".log"})


def text_files() -> list:
    return [path for path in files() if b"\0" not in path.read_bytes()[:4096]]


def source_files() -> list:
    """Files that are code of the project."""
    return [path for path in files()
            if (path.suffix in SOURCE_SUFFIXES or path.name in SOURCE_NAMES) and not name(path).startswith(DATA)]


def cpp_files(*folders) -> list:
    return [path for path in files()
            if path.suffix in {".cc", ".h"} and path.relative_to(ROOT).parts[0] in folders]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
