# SPDX-License-Identifier: Apache-2.0
"""Measures how long a run takes through the server, next to a cold start of the same interpreter.

Run by `./dev bench`. For python and node, with 1, 4 and 8 clients, four things take turns in rounds, so that
all see the same machine: runs on the spawners that the server chooses, runs that start the interpreter cold
(the exec spawner), the cold start of the interpreter (`python3 -c pass`, `node -e 0`), and that of the same
program, both in a clean environment. All are measured by sandgate-load (load.cc). Then come the figures that a
run's time does not show (figures.py). Prints tables of the medians over the rounds; --write keeps them and a
picture in docs/measurements.md, --json every round in a file.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import figures
import machine
import packages
import report
from machine import sandgate

LANGUAGES = {
    "python3": {"code": "import json\nprint(json.dumps({'n': 1}))", "expect": '{"n": 1}\n',
                "start": ["-c", "pass"], "program": "-c"},
    "nodejs": {"code": "console.log(JSON.stringify({n: 1}))", "expect": '{"n":1}\n',
               "start": ["-e", "0"], "program": "-e"},
}

PAUSE_MS = 2  # of alone_rows()

# What takes turns: the two servers, and the two kinds of cold start.
WARM, EXEC, START, PROGRAM = "run", "exec run", "cold start", "cold program"


def load(arguments: list, seconds: float, clients: int) -> dict:
    """One round of sandgate-load. Its failure is the bench's failure.

    In a session of its own, as the server is: the scheduler may share processors out by session
    (sched_autogroup_enabled), and a cold start in a busier one would look slower than it is.
    """
    environment = {k: v for k, v in os.environ.items() if k != "NODE_EXTRA_CA_CERTS"}
    command = [machine.program_path("sandgate-load"), "--json", "--seconds", str(seconds), "--clients", str(clients),
               *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True,
                          start_new_session=True)
    return json.loads(done.stdout)


def run_round(server, language: str, clients: int, seconds: float, options: list = ()) -> dict:
    spec = LANGUAGES[language]
    return load(["--port", str(server.port), "--key", server.key, "--language", language, "--code", spec["code"],
                 "--expect", spec["expect"], *options], seconds, clients)


class Bench:
    """The two servers, and the rounds of each cell: a language with a number of clients."""

    def __init__(self, arguments, programs: dict, warm, cold):
        self.arguments = arguments
        self.programs = programs
        self.servers = {WARM: warm, EXEC: cold}
        self.cells = [{"language": language, "clients": clients, WARM: [], EXEC: [], START: [], PROGRAM: []}
                      for language in arguments.languages if programs[language] for clients in arguments.clients]

    def cold_round(self, kind: str, cell: dict) -> dict:
        spec = LANGUAGES[cell["language"]]
        words = spec["start"] if kind == START else [spec["program"], spec["code"]]
        return load(["--cold", "--", self.programs[cell["language"]], *words], self.arguments.seconds,
                    cell["clients"])

    def measure(self) -> list:
        seconds = self.arguments.seconds
        for cell in self.cells:
            for server in self.servers.values():
                run_round(server, cell["language"], cell["clients"], 0.5)
        for _ in range(self.arguments.rounds):
            for cell in self.cells:
                for kind, server in self.servers.items():
                    cell[kind].append(run_round(server, cell["language"], cell["clients"], seconds))
                for kind in (START, PROGRAM):
                    cell[kind].append(self.cold_round(kind, cell))
        return [{"language": cell["language"], "clients": cell["clients"],
                 **{kind: medians(cell[kind]) for kind in (WARM, EXEC, START, PROGRAM)}} for cell in self.cells]


def alone_rows(config: dict, arguments) -> list:
    """What the server costs: runs over HTTP, and runs of the engine that it puts behind that, take turns. Between
    runs nothing happens for a moment: without it both would measure how runs get in each other's way."""
    if "python3" not in arguments.languages:
        return []
    spec, pause = LANGUAGES["python3"], ["--pause-ms", str(PAUSE_MS)]
    times = {"http": [], "alone": []}
    with sandgate.Server(config=config, mode=arguments.mode) as server, \
            figures.Engine(config, arguments.mode, spec, pause) as engine:
        run_round(server, "python3", 1, 0.5, pause)
        engine.round(0.5)
        for _ in range(arguments.rounds):
            times["http"].append(run_round(server, "python3", 1, arguments.seconds, pause)["p50_ms"])
            times["alone"].append(engine.round(arguments.seconds))
    return [(f"python3: p50 over HTTP less p50 of the spawner alone, {PAUSE_MS} ms between runs, ms",
             statistics.median(times["http"]) - statistics.median(times["alone"]), 0.3, 0.15)]


def fork_rows(config: dict, arguments) -> list:
    """What a run costs beside a bare fork: runs of 8 clients, bare forks and cold starts take turns."""
    if "python3" not in arguments.languages:
        return []
    spec = LANGUAGES["python3"]
    start = ["--cold", "--", config["python_path"], *spec["start"]]
    runs, forks, starts = [], [], []
    with sandgate.Server(config=config, mode=arguments.mode) as server, \
            figures.Forks(config["python_path"], spec) as bare:
        run_round(server, "python3", 8, 0.5)
        for _ in range(arguments.rounds):
            runs.append(run_round(server, "python3", 8, arguments.seconds)["per_second"])
            forks.append(bare.round(arguments.seconds))
            starts.append(load(start, arguments.seconds, 1)["p50_ms"])
    unit = 1e3 / statistics.median(starts) * os.cpu_count() / 2
    return [("python3: bare os.fork() per s, no jail, no HTTP, no client / (1 / cold start x CPUs / 2)",
             statistics.median(forks) / unit, None, None),
            ("python3: runs/s of 8 clients / bare os.fork() per s", statistics.median(runs) / statistics.median(forks),
             None, None)]


def medians(rounds: list) -> dict:
    return {field: statistics.median(one[field] for one in rounds)
            for field in ("p50_ms", "p95_ms", "p99_ms", "per_second", "inside_p50_ms")}


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs through the server next to cold starts, times in ms.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each round")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 4, 8])
    parser.add_argument("--languages", type=lambda text: text.split(","), default=list(LANGUAGES))
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    parser.add_argument("--write", action="store_true", help="keep the tables in docs/measurements.md")
    parser.add_argument("--json", metavar="FILE", help="write the medians and all rounds there")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    programs = machine.interpreters()
    packages.fill_wheels(programs["python3"])  # what needs the network comes first
    config = {"python_path": programs["python3"], **({"nodejs_path": programs["nodejs"]} if programs["nodejs"] else {})}
    cold_config = {**config, "python_spawner": "exec", "node_spawner": "exec"}
    with sandgate.Server(config=config, mode=arguments.mode) as warm, \
            sandgate.Server(config=cold_config, mode=arguments.mode) as cold:
        bench = Bench(arguments, programs, warm, cold)
        cells = bench.measure()
    extra = (alone_rows(config, arguments) + fork_rows(config, arguments)
             + figures.measure(config, arguments.mode))
    steps = figures.steps(config, arguments.mode)
    about = (f"{machine.name_machine()}, {report.versions(programs)}, mode {arguments.mode}, medians of"
             f" {arguments.rounds} rounds of {arguments.seconds:g} s, times in ms")
    print(about, report.run_table(cells), report.figure_table(cells, extra), report.step_table(steps),
          sep="\n\n")
    if arguments.json:
        Path(arguments.json).write_text(
            json.dumps({"about": about, "cells": cells, "figures": extra, "steps": steps, "rounds": bench.cells}, indent=1) + "\n")
    if arguments.write:
        report.write(about, cells, extra, steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
