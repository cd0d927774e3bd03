# SPDX-License-Identifier: Apache-2.0
"""Many runs of both languages at once: no reply may be lost, mixed up or wrong, and nothing may grow. `./dev soak`.

Every program prints a number of its own. By default they are trivial; with --kill-every they are of several kinds, and
spawners are killed meanwhile. Fails where a reply is another one, and where, at rest, server and its processes hold
more than before: descriptors, processes, threads, mounts, cgroups, files and bytes of the state directory, or a
tenth more memory after the last tenth of the runs than after the first. The log is left out; its rotation bounds it.
"""

import argparse
import collections
import http.client
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import machine
from machine import sandgate

TRIVIAL = [
    ("python3", "print({n}, 0)"),
    ("nodejs", "console.log({n}, 0)"),
]
MIXED = [
    ("python3", "print({n}, 0)"),
    ("python3", "import threading\nt = threading.Thread(target=print, args=({n}, 0))\nt.start()\nt.join()"),
    ("python3", "import subprocess\nprint({n}, subprocess.Popen(['true']).wait())"),
    ("nodejs", "console.log({n}, 0)"),
    ("nodejs", "setTimeout(() => console.log({n}, 0), 20)"),
]
GROWTH = 1.1  # of the memory
CLIENTS = 8
OWN_MOUNTS = ["unshare", "--mount", "--propagation", "private"]  # what others mount meanwhile is not counted
TENTHS = 10


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


def run_many(server, numbers: range, programs: list) -> collections.Counter:
    """The problems of those runs, counted."""
    def one(n: int) -> str:
        language, code = programs[n % len(programs)]
        network = n // len(programs) % 2 == 0
        try:
            return problem_of(server.run(language, code.format(n=n), enable_network=network), n)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return repr(error)
    with ThreadPoolExecutor(CLIENTS) as pool:
        return collections.Counter(problem for problem in pool.map(one, numbers) if problem)


def state_bytes(server) -> int:
    total = 0
    for path in server.scratch_files():
        try:
            total += os.lstat(path).st_blocks * 512
        except OSError:
            pass  # it has just been removed
    return total


def held(server) -> dict:
    """What server and its processes hold; compared at rest."""
    return {**server.counters(), "disk": state_bytes(server)}


def at_rest(server, most: dict | None = None) -> dict:
    """What is held once that does not change any more; with `most`, waits a minute for it to be no more than that."""
    end = time.monotonic() + 60
    last, since = held(server), time.monotonic()
    while time.monotonic() < end:
        time.sleep(0.2)
        now = held(server)
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > 2 and not grown(most or now, now):
            break
    return last


def grown(before: dict, after: dict) -> dict:
    return {name: (before[name], after[name]) for name in before if after[name] > before[name]}


def soak(server, arguments) -> tuple:
    """(problems, what has grown, how many spawners were killed)."""
    programs = MIXED if arguments.kill_every else TRIVIAL
    run_many(server, range(200), programs)
    first = at_rest(server)
    step = max(arguments.runs // TENTHS, 1)
    problems, memory = collections.Counter(), []
    with Killer(server, arguments.kill_every) as killer:
        for begin in range(0, arguments.runs, step):
            problems += run_many(server, range(begin, min(begin + step, arguments.runs)), programs)
            memory.append(server.rss_bytes())
            print(f"{begin + step} runs, {killer.killed} spawners killed, {memory[-1] / 1e6:.1f} MB, "
                  f"{sum(problems.values())} problems", flush=True)
    run_many(server, range(200), programs)
    growth = grown(first, at_rest(server, first))
    if memory[-1] > memory[0] * GROWTH:
        growth["memory"] = (memory[0], memory[-1])
    return problems, growth, killer.killed


def main() -> int:
    parser = argparse.ArgumentParser(description="Many runs, of which none may fail and after which nothing has grown.")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--kill-every", type=float, default=0.0, metavar="SECONDS",
                        help="mixed runs, and spawners are killed so often")
    parser.add_argument("--mode", default="full", choices=list(sandgate.MODES))
    arguments = parser.parse_args()
    programs = machine.interpreters()
    config = {"python_path": programs["python3"], "nodejs_path": programs["nodejs"], "max_workers": 4,
              "max_requests": 64, "allow_processes": bool(arguments.kill_every), "worker_timeout": 60}
    launcher = (OWN_MOUNTS if os.geteuid() == 0 else []) + sandgate.launcher_for(arguments.mode)
    with sandgate.Server(config=config, mode=arguments.mode, launcher=launcher) as server:
        started = time.monotonic()
        problems, growth, killed = soak(server, arguments)
        seconds = time.monotonic() - started
    for problem, count in problems.most_common():
        print(f"{count} x {problem}")
    print(f"soak: mode {arguments.mode}, {arguments.runs} runs in {seconds:.0f} s, {killed} spawners killed, "
          f"{sum(problems.values())} wrong replies, grown: {growth or 'nothing'}")
    return 1 if problems or growth else 0


if __name__ == "__main__":
    sys.exit(main())
