# SPDX-License-Identifier: Apache-2.0
"""What environments cost those who run: `./dev bench environments`.

A server with packages of data work, from a folder of wheels (packages.py). Measured are

- starts with a requirements file that has not changed: seconds from the start of the program until /ready says 200, and
  until a run has imported one of the packages;
- updates with a file that has: eight clients run trivial programs of both languages, in turns alone (quiet) and from the
  beginning of an update until the new packages are in use. No run may fail, and the 99th percentile may be at most three
  times the quiet one.

The exit code is 0 only if all of that holds. --write puts the tables into docs/measurements.md.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import machine
import packages
from bombs import Innocent, p99
from machine import sandgate

MOST_RATIO = 3.0
MOST_SECONDS = 2.0
CLIENTS = 8
UPDATE = "/v1/sandbox/dependencies/update?language=python3"
USES_IT = "import pandas; print(pandas.__version__)"


def measure_start(site: packages.Site) -> tuple:
    """(seconds to /ready, seconds to the end of a run that has the packages, installers that ran)."""
    server = site.server()
    begin = time.perf_counter()
    with server:
        packages.wait_ready(server)
        ready = time.perf_counter() - begin
        data = server.run("python3", USES_IT)["data"]
        used = time.perf_counter() - begin
        if not data["stdout"] or data["error"]:
            raise RuntimeError(f"no run with the packages: {data}")
        return ready, used, sum(line.get("msg") == "installer" for line in server.log_lines())


class Clients:
    """Innocent runs of CLIENTS threads."""

    def __init__(self, server):
        self.all = [Innocent(server) for _ in range(CLIENTS)]

    def measure(self, during):
        """Until during() has returned, and at least a moment."""
        ended = threading.Event()

        def work(innocent):
            while not ended.is_set():
                innocent.measure(0.2)

        threads = [threading.Thread(target=work, args=(one,)) for one in self.all]
        for thread in threads:
            thread.start()
        try:
            during()
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    def times(self, language: str) -> list:
        return [value for one in self.all for value in one.times[language]]

    def failures(self) -> list:
        return [problem for one in self.all for problem in one.failures]


def update(site: packages.Site, server, round_number: int) -> float:
    """Seconds of an update to another file."""
    site.require(*packages.REQUIREMENTS, *([packages.MORE] if round_number % 2 == 0 else []))
    begin = time.perf_counter()
    reply = json.loads(server.request("POST", UPDATE, timeout=packages.BUILD_SECONDS)[2])
    if reply["code"] != 0:
        raise RuntimeError(str(reply))
    return time.perf_counter() - begin


def measure_updates(site: packages.Site, rounds: int, seconds: float) -> dict:
    builds = []
    with site.server() as server:
        packages.wait_ready(server)
        Clients(server).measure(lambda: time.sleep(2))  # everything is warm
        quiet, beside = Clients(server), Clients(server)
        for number in range(rounds):
            quiet.measure(lambda: time.sleep(seconds))
            beside.measure(lambda number=number: builds.append(update(site, server, number)))
            server.counters_at_rest()  # the old environment is gone
    both = {language: (p99(quiet.times(language)), p99(beside.times(language))) for language in quiet.all[0].times}
    return {"builds": builds, "p99_ms": both, "runs": sum(len(beside.times(language)) for language in both),
            "medians": {language: (middle(quiet.times(language)), middle(beside.times(language))) for language in both},
            "failures": quiet.failures() + beside.failures(), "ratio": max(loud / calm for calm, loud in both.values())}


def middle(values: list) -> float:
    return sorted(values)[len(values) // 2]


def start_table(starts: list) -> str:
    rows = [("/ready says 200", [one[0] for one in starts]), ("a run has imported pandas", [one[1] for one in starts])]
    lines = [f"| start with an unchanged file, seconds until | best | median | worst of {len(starts)} |", "|---|--:|--:|--:|"]
    return "\n".join(lines + [f"| {name} | {min(all_):.2f} | {middle(all_):.2f} | {max(all_):.2f} |" for name, all_ in rows])


def update_table(one: dict) -> str:
    lines = ["| language | p50: quiet, beside | p99: quiet, beside | ratio of p99 |", "|---|--:|--:|--:|"]
    for language, (calm, loud) in one["p99_ms"].items():
        calm_middle, loud_middle = one["medians"][language]
        lines.append(f"| {language} | {calm_middle:.1f}, {loud_middle:.1f} | {calm:.1f}, {loud:.1f} | {loud / calm:.2f} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Starts with environments, and runs beside updates.")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0, help="for the quiet turn of a round")
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    parser.add_argument("--write", action="store_true", help="into docs/measurements.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sandgate-bench-", dir="/var/tmp") as folder:
        programs = machine.interpreters()
        site = packages.Site(Path(folder), arguments.mode,
                             {"python_path": programs["python3"], "nodejs_path": programs["nodejs"]})
        site.require(*packages.REQUIREMENTS)
        first = measure_start(site)
        print(f"installed in {first[0]:.1f} s", flush=True)
        starts = [measure_start(site) for _ in range(arguments.starts)]
        print(f"starts: {[round(one[0], 2) for one in starts]}", flush=True)
        updates = measure_updates(site, arguments.rounds, arguments.seconds)
    for problem in updates["failures"][:5]:
        print("  " + problem)
    installers = sum(one[2] for one in starts)
    text = (f"{machine.name_machine()}, mode {arguments.mode}; {', '.join(packages.REQUIREMENTS)} from wheels. Must: /ready in "
            f"{MOST_SECONDS:g} s, 0 failed, ratio at most {MOST_RATIO:g}.\n\n{start_table(starts)}\n\n"
            f"{installers} installers ran in these starts. {len(updates['builds'])} updates of "
            f"{middle(updates['builds']):.1f} s, beside them {CLIENTS} clients with {updates['runs']} runs, of which "
            f"{len(updates['failures'])} failed; times in ms.\n\n{update_table(updates)}")
    print(text)
    if arguments.write:
        machine.keep("environments", text)
    good = max(one[0] for one in starts) <= MOST_SECONDS and installers == 0
    return 0 if good and not updates["failures"] and updates["ratio"] <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
