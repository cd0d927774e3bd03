# SPDX-License-Identifier: Apache-2.0
"""Prints the table of docs/explain-results.md: every program of programs.py, its known cause, and whether
the reply named that cause and offered what was expected. Run by ./dev docs, as root.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from programs import FIX, MODULES, NEVER, ROWS  # noqa: E402

DOCUMENT = HERE.parents[1] / "docs/explain-results.md"
MODES = ("full", "container")
HEAD = """# What explanations are worth

Written by `./dev docs` from the table in [tests/explain/programs.py](../tests/explain/programs.py); the suite
`explain` checks the same. Each program fails for one known cause. A mode says *yes* where the reply named that cause
and its fix, applied alone and mechanically, made the program pass; where nothing can be allowed, that the reply said
so; where the fix is a line for a file of packages, that it is the right line (nothing is installed for this table).
`-` stands where a mode does not have the cause.

| program | cause | fix | full | container |
|---|---|---|---|---|
"""


def expected_of(row) -> str:
    return {FIX: "works", NEVER: "cannot be allowed"}.get(row.expected, f"`{row.expected}`")


def row_of(row, results: dict) -> str:
    """One line of the table."""
    causes = dict.fromkeys(f"{layer}: `{subject}`" for layer, subject in (row.cause(mode) for mode in row.modes))
    cells = [row.name, "; ".join(causes), expected_of(row), *(results.get(mode, "-") for mode in MODES)]
    return "| " + " | ".join(cells) + " |"


def main():
    import verdict

    good = total = 0
    lines = []
    with verdict.Bench() as bench:
        for row in ROWS:
            results = {}
            for mode in row.modes:
                found = verdict.judge(bench, row, mode)
                right = found.works and found.cause == row.cause(mode)
                results[mode] = "yes" if right else "**no**"
                good, total = good + right, total + 1
            lines.append(row_of(row, results))
    print(HEAD + "\n".join(lines))
    print(f"\n{len(ROWS)} programs, {len(MODULES)} of them about modules and libraries; {good} of {total} checks passed.")


if __name__ == "__main__":
    main()
