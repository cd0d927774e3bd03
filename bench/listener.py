# SPDX-License-Identifier: Apache-2.0
"""Measures what it costs that refused calls are reported, in programs that have none, by sandgate-listener
(listener.cc says how).

Part of `./dev bench`. Prints a table; --write keeps it in docs/measurements.md. Exits with 1 when all samples
are above the limit, with 2 when some are.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import machine

LIMIT = 2.0  # percent

# name: (language, program) of what is run with and without the listener.
PROGRAMS = {
    "python: start and end": ("python3", ["-c", "pass"]),
    "python: 100,000 system calls": ("python3", ["-c", "import os\nfor _ in range(100000): os.getppid()"]),
    "node: start and end": ("nodejs", ["-e", "0"]),
}


def measure(program: str, arguments: list, pairs: int) -> dict:
    command = [machine.program_path("sandgate-listener"), "--pairs", str(pairs), "--", program, *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def table(rows: dict, pairs: int) -> str:
    lines = [f"{machine.name_machine()}, {pairs} pairs of each program.", "",
             "| program | p50 with the listener, ms | p50 without, ms | difference | 95 % of samples | CPU time |",
             "|---|--:|--:|--:|--:|--:|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {row['with_p50_ms']:.2f} | {row['without_p50_ms']:.2f} | {row['percent']:+.1f} % |"
                     f" {row['low']:+.1f} to {row['high']:+.1f} % | {row['cpu_percent']:+.1f} % |")
    return "\n".join(lines)


def judge(rows: dict) -> int:
    """Says which rows are over the limit, or may be; the exit status."""
    over = [name for name, row in rows.items() if row["low"] > LIMIT]
    undecided = [name for name, row in rows.items() if row["low"] <= LIMIT < row["high"]]
    for name in over:
        print(f"over {LIMIT} %: {name}")
    for name in undecided:
        print(f"undecided, as the samples reach over {LIMIT} %: {name} (more --pairs, or a quieter machine)")
    return 1 if over else 2 if undecided else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="The listener of the filter: on and off, times in ms.")
    parser.add_argument("--pairs", type=int, default=300, help="how often each program runs with it and without")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/measurements.md")
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    arguments = parser.parse_args()
    programs = machine.interpreters()
    rows = {name: measure(programs[language], words, arguments.pairs)
            for name, (language, words) in PROGRAMS.items() if programs[language]}
    print(table(rows, arguments.pairs))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=1) + "\n")
    if arguments.write:
        machine.keep("listener", table(rows, arguments.pairs))
    return judge(rows)


if __name__ == "__main__":
    sys.exit(main())
