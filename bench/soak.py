# SPDX-License-Identifier: Apache-2.0
"""Many runs of both languages at once while spawners are killed: no reply may be lost, mixed up or wrong, and
nothing may grow. `./dev soak`.

Every program prints a number of its own. Fails where a reply is another one, and where, at rest, the server holds
more descriptors, processes, mounts, files or threads than at the beginning, or a tenth more memory than after the
first tenth of the runs.
"""

import argparse
import collections
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import machine
from machine import sandgate

PROGRAMS = [
    ("python3", "print({n}, 0)"),
    ("python3", "import threading\nt = threading.Thread(target=print, args=({n}, 0))\nt.start()\nt.join()"),
    ("python3", "import subprocess\nprint({n}, subprocess.Popen(['true']).wait())"),
    ("nodejs", "console.log({n}, 0)"),
    ("nodejs", "setTimeout(() => console.log({n}, 0), 20)"),
]
GROWTH = 1.1  # of the memory
CLIENTS = 8


class Killer:
    """Kills every spawner of the server again and again."""

    def __init__(self, server, seconds: float):
        self.server, self.seconds = server, seconds
        self.killed = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        while not self.stop.wait(self.seconds):
            for pid in self._spawners():
                try:
                    os.kill(pid, signal.SIGKILL)
                    self.killed += 1
                except ProcessLookupError:
                    pass

    def _spawners(self) -> set:
        """Only those that are there a moment later too: a child of a fork server looks like one until it is confined."""
        before = set(self.server.spawners())
        time.sleep(0.2)
        return before & set(self.server.spawners())

    def __enter__(self):
        if self.seconds:
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        if self.seconds:
            self.thread.join()


def problem_of(reply: dict, n: int) -> str:
    """Why this is not the reply of run `n`; empty when it is."""
    data = reply.get("data") or {}
    if reply.get("code") == 0 and data.get("stdout") == f"{n} 0\n" and not data.get("error"):
        return ""
    return str({**{key: reply.get(key) for key in ("code", "message", "exception")},
                **{key: str(data.get(key))[:200] for key in ("stdout", "error", "outcome")}})


def run_many(server, numbers: range) -> collections.Counter:
    """The problems of those runs, counted."""
    def one(n: int) -> str:
        language, code = PROGRAMS[n % len(PROGRAMS)]
        try:
            return problem_of(server.run(language, code.format(n=n), enable_network=n % 2 == 0), n)
        except OSError as error:
            return repr(error)
    with ThreadPoolExecutor(CLIENTS) as pool:
        return collections.Counter(problem for problem in pool.map(one, numbers) if problem)


def main() -> int:
    parser = argparse.ArgumentParser(description="Many mixed runs while spawners are killed.")
    parser.add_argument("--runs", type=int, default=20000)
    parser.add_argument("--kill-every", type=float, default=2.0, metavar="SECONDS", help="0: never")
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    arguments = parser.parse_args()
    programs = machine.interpreters()
    config = {"python_path": programs["python3"], "nodejs_path": programs["nodejs"], "max_workers": 4,
              "max_requests": 64, "allow_processes": True, "worker_timeout": 60}
    step = max(arguments.runs // 10, 1)
    with sandgate.Server(config=config, mode=arguments.mode) as server:
        run_many(server, range(100))
        begin = server.counters_at_rest()
        memory, problems, started = [], collections.Counter(), time.monotonic()
        with Killer(server, arguments.kill_every) as killer:
            for first in range(0, arguments.runs, step):
                problems += run_many(server, range(first, min(first + step, arguments.runs)))
                memory.append(server.rss_bytes())
                print(f"{first + step} runs, {killer.killed} spawners killed, {memory[-1] / 1e6:.1f} MB, "
                      f"{sum(problems.values())} problems", flush=True)
        seconds = time.monotonic() - started
        run_many(server, range(100))
        end = server.wait_settled(begin, 60)
    for problem, count in problems.most_common():
        print(f"{count} x {problem}")
    grown = {name: (begin[name], end[name]) for name in begin if end[name] > begin[name]}
    if memory[-1] > memory[0] * GROWTH:
        grown["memory"] = (memory[0], memory[-1])
    print(f"soak: mode {arguments.mode}, {arguments.runs} runs in {seconds:.0f} s, {killer.killed} spawners killed, "
          f"{sum(problems.values())} wrong replies, grown: {grown or 'nothing'}")
    return 1 if problems or grown else 0


if __name__ == "__main__":
    sys.exit(main())
