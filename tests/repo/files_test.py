# SPDX-License-Identifier: Apache-2.0
"""Rules that each file keeps: size, licence, an opening comment, no leftovers."""

import re

from repository import DATA, SOURCE_NAMES, cpp_files, name, source_files, text_files

MAX_LINES = 600
COMMENT_STARTS = ("//", "#", '"""', "/*")

# In two pieces, so that this file does not hold them itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X")) + r")\b")
# Folders of one machine, and words about how a text came to be instead of what it describes.
FOREIGN = re.compile("|".join(("/wo" "rk/", r"\.\./sha" "red", "/root/" r"\.", "py" "env")))


def check(problems: list):
    assert not problems, "\n".join(problems)


def test_no_source_file_is_long():
    lengths = [(len(path.read_text().splitlines()), name(path)) for path in source_files()]
    check([f"{path}: {lines} lines" for lines, path in lengths if lines > MAX_LINES])


def test_every_source_file_names_its_licence_first():
    problems = []
    for path in source_files():
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(path.read_text().splitlines()[:2]):
            problems.append(f"{name(path)}: no SPDX line among the first two")
    check(problems)


def test_every_source_file_opens_with_a_comment():
    problems = []
    for path in source_files():
        if path.name in SOURCE_NAMES and path.suffix == ".txt":
            continue
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#!")]
        after = next((line for line in lines[1:3] if line.strip()), "")
        if not after.startswith(COMMENT_STARTS):
            problems.append(f"{name(path)}: what is it for? {after[:60]!r}")
    check(problems)


def test_headers_are_included_once():
    check([name(path) for path in cpp_files("src", "tests", "bench")
           if path.suffix == ".h" and "\n#pragma once\n" not in path.read_text()])


def test_nothing_is_left_unfinished():
    problems = []
    for path in text_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if UNFINISHED.search(line):
                problems.append(f"{name(path)}:{number}: {line.strip()[:80]}")
    check(problems)


def test_nothing_depends_on_one_machine():
    problems = []
    for path in text_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if FOREIGN.search(line):
                problems.append(f"{name(path)}:{number}: {line.strip()[:80]}")
    check(problems)


def test_no_trailing_white_space_and_one_newline_at_the_end():
    problems = []
    for path in text_files():
        if name(path).startswith(DATA):
            continue
        text = path.read_text(errors="replace")
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                problems.append(f"{name(path)}:{number}: white space at the end")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            problems.append(f"{name(path)}: must end with exactly one newline")
    check(problems)
