# SPDX-License-Identifier: Apache-2.0
"""Measures what a trace costs: a program that makes calls beyond the policy is traced, and run under the
profile that the trace found, in turns.

Part of `./dev bench`. Prints medians and their ratio, which is to be at most 3. Uses
tests/support/sandgate.py to start the server and the programs of tests/trace/.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "tests/support"), str(REPOSITORY / "tests/trace")]

import sandgate  # noqa: E402
import tracing  # noqa: E402

MOST = 3.0


def timed(function) -> float:
    """Milliseconds of a call."""
    begin = time.perf_counter()
    function()
    return (time.perf_counter() - begin) * 1e3


def traced(server, language: str, code: str) -> None:
    data = tracing.trace(server, language, code)
    if data["outcome"] != "ok":
        raise RuntimeError(f"the traced program failed: {data}")


def plain(server, language: str, code: str) -> None:
    reply = server.run(language, code, profile=f"bench-{language}")
    if reply["data"]["outcome"] != "ok":
        raise RuntimeError(f"the program failed under its profile: {reply}")


def measure(server, language: str, rounds: int) -> dict:
    code = tracing.PROGRAMS[language]
    tracing.write_profile(server, f"bench-{language}", tracing.trace(server, language, code)["profile"])
    plain(server, language, code)
    times = {"trace": [], "run": []}
    for _ in range(rounds):
        times["trace"].append(timed(lambda: traced(server, language, code)))
        times["run"].append(timed(lambda: plain(server, language, code)))
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {"language": language, **medians, "ratio": medians["trace"] / medians["run"]}


def main() -> int:
    parser = argparse.ArgumentParser(description="Traces next to plain runs of the same program, times in ms.")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    arguments = parser.parse_args()
    with sandgate.Server(config=sandgate.merged(tracing.CONFIG, {"parked_children": 0}), mode=arguments.mode) as server:
        (server.folder / "profiles").mkdir()
        results = [measure(server, language, arguments.rounds) for language in tracing.PROGRAMS]
    print(f"trace next to run, mode {arguments.mode}, medians of {arguments.rounds} in ms; at most {MOST:.0f}x")
    for one in results:
        print(f"{one['language']:9} trace {one['trace']:8.2f}  run {one['run']:8.2f}  {one['ratio']:5.2f}x")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(one["ratio"] <= MOST for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
