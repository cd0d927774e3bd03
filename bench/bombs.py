# SPDX-License-Identifier: Apache-2.0
"""Innocent runs beside bombs: `./dev bench bombs`.

A server with four workers. In turns, innocent runs are measured alone (quiet) and while a bomb runs in two of the
workers, again and again for as long as the turn lasts, with the default policy; a bomb of processes also where the
operator allows them. None of them may fail, and the 99th percentile of their times
may be at most three times the quiet one. A bomb ends as it ends: at a limit, or at its deadline. The exit code is 0
only if all of that holds. --write puts the table into docs/measurements.md.
"""

import argparse
import http.client
import json
import multiprocessing
import re
import sys
import time

import machine
from machine import sandgate
from programs import fork_and_reap

MOST = 3.0
BOMBERS = 2
FORK = multiprocessing.get_context("fork")
INNOCENT = {"python3": ("print(1)", "1\n"), "nodejs": ("console.log(1)", "1\n")}
PATIENT = "\n    except Exception: pass\n"
BOMBS = {
    "memory": "held = []\nwhile True: held.append(bytearray(1 << 20))",
    "fork": "import os\nwhile True:\n    try: os.fork()" + PATIENT,
    "thread": "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(60,)).start()" + PATIENT,
    "descriptor": "import os\nwhile True:\n    try: os.dup(0)" + PATIENT,
    "disk": "n = 0\nwhile True:\n    n += 1\n    try: open(str(n), 'wb').write(bytes(1 << 20))" + PATIENT,
    "inode": "n = 0\nwhile True:\n    n += 1\n    try: open(str(n), 'wb').close()" + PATIENT,
    "symlink": "import os\nn = 0\nwhile True:\n    n += 1\n    try: os.symlink('.', str(n))" + PATIENT,
    "output": "while True: print('x' * 65536)",
    "processor": "while True: pass",
    "refused calls": "import ctypes\ncall = ctypes.CDLL(None).ptrace\nwhile True: call(0, 0, 0, 0)",
    "regular expression": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
}
# By default the first fork is refused.
ALLOWED = {
    "fork, allow_processes": BOMBS["fork"],
    "32 fork and reap, allow_processes": fork_and_reap(32),
    "8 fork and reap, allow_processes": fork_and_reap(8),
    "2 fork and reap, allow_processes": fork_and_reap(2),
    "1 forks and reaps, allow_processes": fork_and_reap(1),
    "processor, allow_processes": BOMBS["processor"],
}
BOMBS.update(ALLOWED)


def run_body(language: str, code: str) -> str:
    return json.dumps({"language": language, "code": code, "preload": "", "enable_network": False})


def run_headers(server) -> dict:
    return {"X-Api-Key": server.key, "Content-Type": "application/json"}


class Bombers:
    """Runs of a bomb, one after the other from each of BOMBERS processes, until stop().

    Processes, for a thread that reads a reply of megabytes would stop the one that takes times; and nothing of it is
    looked at but its end, for a client of a server elsewhere would not work on this machine.
    """

    def __init__(self, server, code: str):
        self.count = 0
        self.outcomes = set()
        self._stop = FORK.Event()
        self._replies = FORK.SimpleQueue()
        self._processes = [FORK.Process(target=self._work, args=(server, code)) for _ in range(BOMBERS)]
        for process in self._processes:
            process.start()

    def _work(self, server, code: str):
        count, outcomes = 0, set()
        connection = server.connect()
        while not self._stop.is_set():
            connection.request("POST", "/v1/sandbox/run", run_body("python3", code), run_headers(server))
            reply = connection.getresponse().read()
            outcome = re.search(rb'"outcome":"(\w+)"', reply[-4096:])
            outcomes.add(outcome[1].decode() if outcome else reply[-200:].decode(errors="replace"))
            count += 1
        connection.close()
        self._replies.put((count, outcomes))

    def stop(self):
        self._stop.set()
        for process in self._processes:
            process.join()
            count, outcomes = self._replies.get()
            self.count += count
            self.outcomes |= outcomes


class Innocent:
    """Times of innocent runs of one language, in milliseconds, and what went wrong."""

    def __init__(self, server):
        self.server = server
        self.times = {language: [] for language in INNOCENT}
        self.failures = []

    def measure(self, seconds: float):
        """Runs of both languages in turns, each on a kept connection."""
        connection = self.server.connect()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for language, (code, expected) in INNOCENT.items():
                begin = time.perf_counter()
                problem = self._one(connection, language, code, expected)
                self.times[language].append((time.perf_counter() - begin) * 1e3)
                if problem:
                    self.failures.append(problem)
        connection.close()

    def _one(self, connection, language: str, code: str, expected: str) -> str:
        try:
            connection.request("POST", "/v1/sandbox/run", run_body(language, code), run_headers(self.server))
            reply = json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)
        data = reply.get("data") or {}
        return "" if data.get("stdout") == expected and not data.get("error") else str(reply)[:300]


def p99(times: list) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def measure(server, name: str, rounds: int, seconds: float) -> dict:
    quiet, beside = Innocent(server), Innocent(server)
    outcomes, count = set(), 0
    for _ in range(rounds):
        quiet.measure(seconds)
        bombers = Bombers(server, BOMBS[name])
        time.sleep(0.2)  # they have begun
        beside.measure(seconds)
        bombers.stop()
        outcomes |= bombers.outcomes
        count += bombers.count
        server.counters_at_rest()  # what the last ones left is gone
    both = {language: (p99(quiet.times[language]), p99(beside.times[language])) for language in INNOCENT}
    return {"bomb": name, "bombs": count, "ends": ", ".join(sorted(outcomes)), "p99_ms": both,
            "runs": sum(map(len, beside.times.values())), "failures": quiet.failures + beside.failures,
            "ratio": max(loud / calm for calm, loud in both.values())}


def table(results: list) -> str:
    lines = ["| bomb | bombs | they end | innocent runs | failed | p99 python3: quiet, beside | nodejs: quiet, beside "
             "| worst ratio |", "|---|--:|---|--:|--:|--:|--:|--:|"]
    for one in results:
        times = [f"{calm:.1f}, {loud:.1f}" for calm, loud in one["p99_ms"].values()]
        lines.append(f"| {one['bomb']} | {one['bombs']} | {one['ends']} | {one['runs']} | {len(one['failures'])} | "
                     f"{' | '.join(times)} | {one['ratio']:.2f} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Innocent runs beside bombs, times in ms.")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each turn of a round")
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    parser.add_argument("--bomb", action="append", choices=list(BOMBS), help="only this one; may be repeated")
    parser.add_argument("--write", action="store_true", help="into docs/measurements.md")
    arguments = parser.parse_args()
    programs = machine.interpreters()
    config = {"python_path": programs["python3"], "nodejs_path": programs["nodejs"], "max_workers": 4,
              "worker_timeout": 5}
    results = []
    for name in arguments.bomb or BOMBS:
        with sandgate.Server(config=config | {"allow_processes": name in ALLOWED}, mode=arguments.mode) as server:
            Innocent(server).measure(2)  # spawners start
            results.append(measure(server, name, arguments.rounds, arguments.seconds))
        print(f"{name}: {results[-1]['ratio']:.2f}x, {len(results[-1]['failures'])} failed, {results[-1]['ends']}",
              flush=True)
        for problem in results[-1]["failures"][:3]:
            print("  " + problem)
    text = (f"{machine.name_machine()}, mode {arguments.mode}, {arguments.rounds} rounds of {arguments.seconds:g} s, "
            f"times in ms; must: 0 failed, ratio at most {MOST:g}.\n\n{table(results)}")
    print(text)
    if arguments.write:
        machine.keep("bombs", text)
    return 0 if all(not one["failures"] and one["ratio"] <= MOST for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
