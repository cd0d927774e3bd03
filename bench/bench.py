# SPDX-License-Identifier: Apache-2.0
"""Measures how long a run takes through the server, next to a cold start of the same interpreter.

Run by `./dev bench`. For python and node, with 1, 4 and 8 clients, rounds of requests alternate with
rounds of `python3 -c pass` and `node -e 0` in a clean environment, so that both see the same machine.
Both are measured by sandgate-load (load.cc). Prints a table of the medians over the rounds; --json also
writes every round to a file. Uses tests/support/sandgate.py to start the server.

--listener measures instead what it costs that refused calls are reported when none is refused, by
sandgate-listener (listener.cc says how); --write keeps that table in docs/measurements.md.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

import sandgate  # noqa: E402

LANGUAGES = {
    "python3": {"code": "print(1)", "expect": "1\n", "cold": ["-c", "pass"]},
    "nodejs": {"code": "console.log(1)", "expect": "1\n", "cold": ["-e", "0"]},
}


def interpreters() -> dict:
    """The real program of each language, never a wrapper script that would slow the cold start."""
    node = shutil.which("node") or shutil.which("nodejs") or ""
    return {"python3": os.path.realpath("/usr/bin/python3"), "nodejs": os.path.realpath(node) if node else ""}


def load(arguments: list, seconds: float, clients: int) -> dict:
    """One round of sandgate-load. Its failure is the bench's failure.

    In a session of its own, as the server is: the scheduler may share processors out by session
    (sched_autogroup_enabled), and a cold start in a busier one would look slower than it is.
    """
    environment = {k: v for k, v in os.environ.items() if k != "NODE_EXTRA_CA_CERTS"}
    command = [str(sandgate.build_dir() / "bench/sandgate-load"), "--json", "--seconds", str(seconds),
               "--clients", str(clients), *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True,
                          start_new_session=True)
    return json.loads(done.stdout)


def run_round(server, language: str, clients: int, seconds: float) -> dict:
    spec = LANGUAGES[language]
    return load(["--port", str(server.port), "--key", server.key, "--language", language, "--code", spec["code"],
                 "--expect", spec["expect"]], seconds, clients)


def cold_round(program: str, language: str, clients: int, seconds: float) -> dict:
    return load(["--cold", "--", program, *LANGUAGES[language]["cold"]], seconds, clients)


def median(rounds: list, field: str) -> float:
    return statistics.median(one[field] for one in rounds)


def measure(arguments, languages: list, programs: dict, server) -> list:
    """One cell per language and number of clients, with all of its rounds."""
    cells = [{"language": language, "clients": clients, "run": [], "cold": []}
             for language in languages for clients in arguments.clients]
    for cell in cells:
        run_round(server, cell["language"], cell["clients"], 0.5)
    for _ in range(arguments.rounds):
        for cell in cells:
            cell["run"].append(run_round(server, cell["language"], cell["clients"], arguments.seconds))
            cell["cold"].append(
                cold_round(programs[cell["language"]], cell["language"], cell["clients"], arguments.seconds))
    return cells


def summary(cell: dict) -> dict:
    """Medians over the rounds, and how many times a cold start takes as long."""
    run, cold = cell["run"], cell["cold"]
    return {
        "run_p50_ms": median(run, "p50_ms"),
        "run_p99_ms": median(run, "p99_ms"),
        "runs_per_second": median(run, "per_second"),
        "cold_p50_ms": median(cold, "p50_ms"),
        "cold_per_second": median(cold, "per_second"),
        "latency_ratio": median(cold, "p50_ms") / median(run, "p50_ms"),
        "throughput_ratio": median(run, "per_second") / median(cold, "per_second"),
    }


def print_table(cells: list) -> None:
    print(f"{'language':9} {'clients':>7} | {'run p50':>8} {'p95':>8} {'p99':>8} {'runs/s':>8} |"
          f" {'cold p50':>8} {'p99':>8} {'starts/s':>8} | {'p50':>6} {'per s':>6}")
    for cell in cells:
        run, cold, total = cell["run"], cell["cold"], cell["summary"]
        print(f"{cell['language']:9} {cell['clients']:7d} |"
              f" {median(run, 'p50_ms'):8.2f} {median(run, 'p95_ms'):8.2f} {median(run, 'p99_ms'):8.2f}"
              f" {median(run, 'per_second'):8.0f} |"
              f" {median(cold, 'p50_ms'):8.2f} {median(cold, 'p99_ms'):8.2f} {median(cold, 'per_second'):8.0f} |"
              f" {total['latency_ratio']:5.1f}x {total['throughput_ratio']:5.1f}x")


# name: (language, program) of what is run with and without the listener.
LISTENER_PROGRAMS = {
    "python: start and end": ("python3", ["-c", "pass"]),
    "python: 100,000 system calls": ("python3", ["-c", "import os\nfor _ in range(100000): os.getppid()"]),
    "node: start and end": ("nodejs", ["-e", "0"]),
}
LISTENER_LIMIT = 2.0  # percent
MEASUREMENTS = REPOSITORY / "docs/measurements.md"
MARKS = ("<!-- listener: begin -->", "<!-- listener: end -->")


def listener_row(program: str, arguments: list, pairs: int) -> dict:
    command = [str(sandgate.build_dir() / "bench/sandgate-listener"), "--pairs", str(pairs), "--", program, *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def listener_table(rows: dict, pairs: int) -> str:
    lines = [f"{os.cpu_count()} CPUs, Linux {platform.release()}, {pairs} pairs of each program.", "",
             "| program | p50 with the listener, ms | p50 without, ms | difference | 95 % of samples | CPU time |",
             "|---|--:|--:|--:|--:|--:|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {row['with_p50_ms']:.2f} | {row['without_p50_ms']:.2f} | {row['percent']:+.1f} % |"
                     f" {row['low']:+.1f} to {row['high']:+.1f} % | {row['cpu_percent']:+.1f} % |")
    return "\n".join(lines)


def keep_listener_table(table: str) -> None:
    """Replaces the table in docs/measurements.md."""
    before, rest = MEASUREMENTS.read_text().split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    MEASUREMENTS.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}")


def measure_listener(arguments) -> int:
    programs = interpreters()
    rows = {name: listener_row(programs[language], words, arguments.pairs)
            for name, (language, words) in LISTENER_PROGRAMS.items() if programs[language]}
    table = listener_table(rows, arguments.pairs)
    print(table)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=1) + "\n")
    if arguments.write:
        keep_listener_table(table)
    over = [name for name, row in rows.items() if row["low"] > LISTENER_LIMIT]
    undecided = [name for name, row in rows.items() if row["low"] <= LISTENER_LIMIT < row["high"]]
    for name in over:
        print(f"over {LISTENER_LIMIT} %: {name}")
    for name in undecided:
        print(f"undecided, as the samples reach over {LISTENER_LIMIT} %: {name} (more --pairs, or a quieter machine)")
    return 1 if over else 2 if undecided else 0


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs through the server next to cold starts, times in ms.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each round")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 4, 8])
    parser.add_argument("--languages", type=lambda text: text.split(","), default=list(LANGUAGES))
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    parser.add_argument("--listener", action="store_true", help="measure the listener of the filter instead")
    parser.add_argument("--pairs", type=int, default=300, help="with --listener: how often each program runs")
    parser.add_argument("--write", action="store_true", help="with --listener: keep it in docs/measurements.md")
    parser.add_argument("--json", metavar="FILE", help="write all rounds there")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    if arguments.listener:
        return measure_listener(arguments)
    programs = interpreters()
    languages = [language for language in arguments.languages if programs[language]]
    config = {"python_path": programs["python3"]}
    if programs["nodejs"]:
        config["nodejs_path"] = programs["nodejs"]
    with sandgate.Server(config=config, mode=arguments.mode) as server:
        cells = measure(arguments, languages, programs, server)
    for cell in cells:
        cell["summary"] = summary(cell)
    print(f"{os.cpu_count()} CPUs, Linux {platform.release()}, mode {arguments.mode},"
          f" medians of {arguments.rounds} rounds of {arguments.seconds} s, times in ms")
    print_table(cells)
    if arguments.json:
        machine = {"cpus": os.cpu_count(), "kernel": platform.release(), "mode": arguments.mode}
        Path(arguments.json).write_text(json.dumps({"machine": machine, "cells": cells}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
