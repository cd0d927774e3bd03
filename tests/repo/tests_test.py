# SPDX-License-Identifier: Apache-2.0
"""The tests are all found and run: a suite folder that ./dev test does not know would never be run."""

import re

from repository import ROOT


def test_every_suite_is_run_by_dev():
    known = re.search(r"^suites=\(([^)]*)\)", (ROOT / "dev").read_text(), re.MULTILINE).group(1).split()
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("*_test.py")}
    own_verbs = {"packages"}  # needs registries, and minutes
    assert folders <= set(known) | own_verbs
    assert all(f"\nverb_{suite}() {{" in (ROOT / "dev").read_text() for suite in own_verbs)


def test_every_pytest_file_is_collected():
    wrong = []
    for path in (ROOT / "tests").rglob("*.py"):
        holds_tests = re.search(r"^def test_", path.read_text(), re.MULTILINE)
        if holds_tests and not (path.name.endswith("_test.py") or path.name.startswith("test_")):
            wrong.append(str(path))
    assert not wrong
