# SPDX-License-Identifier: Apache-2.0
"""What `./dev bench` (runs.py) measures beside times of small runs: a run that uses pandas, the private memory of
a parked child, and a server with many idle connections. Each row is (figure, value, limit, aim)."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import packages
from machine import sandgate

PANDAS = "import pandas\nprint(pandas.DataFrame({'a': [1, 2]})['a'].sum())"
IDLE_CONNECTIONS = 2000
IDLE_SECONDS = 5


def timed(function) -> float:
    """Milliseconds of a call."""
    begin = time.perf_counter()
    function()
    return (time.perf_counter() - begin) * 1e3


def pandas_row(config: dict, mode: str) -> list:
    """A run with pandas, installed as an operator would and warmed, next to the same program cold; they take turns."""
    times = {"cold": [], "run": []}
    with tempfile.TemporaryDirectory(prefix="sandgate-bench-", dir="/var/tmp") as folder:
        site = packages.Site(Path(folder), mode, {**config, "warm_modules": ["default", "pandas"]})
        site.require(packages.PANDAS)
        with site.server() as server:
            def run() -> None:
                data = server.run("python3", PANDAS)["data"]
                if data["stdout"] != "3\n":
                    raise RuntimeError(f"the pandas program failed: {data}")
            packages.wait_ready(server)
            run()
            cold = [site.python(), "-c", PANDAS]
            for _ in range(20):
                times["cold"].append(timed(lambda: subprocess.run(cold, env={}, stdout=subprocess.DEVNULL, check=True)))
                times["run"].append(timed(run))
                time.sleep(0.2)  # a child is parked meanwhile, as between the requests of one author
    return [(f"python3: cold program / run, of {packages.PANDAS} and a DataFrame, pandas warmed",
             statistics.median(times["cold"]) / statistics.median(times["run"]), 20, 35)]


def nothing_rows(config: dict, mode: str) -> list:
    """A run of an empty program that is started cold, next to a cold start outside the jail; they take turns."""
    rows = []
    cold = {**config, "python_spawner": "exec", "node_spawner": "exec"}
    with sandgate.Server(config=cold, mode=mode) as server:
        for language, path, code, option in (("python3", "python_path", "pass", "-c"),
                                             ("nodejs", "nodejs_path", "0", "-e")):
            if path not in config:
                continue
            times = {"cold": [], "run": []}
            start = [config[path], option, code]
            for _ in range(60):
                times["cold"].append(timed(lambda: subprocess.run(start, env={}, stdout=subprocess.DEVNULL, check=True)))
                times["run"].append(timed(lambda: server.run(language, code)))
            rows.append((f"{language}: cold start / exec run, both of an empty program",
                         statistics.median(times["cold"]) / statistics.median(times["run"]), 1 / 1.3, None))
    return rows


class Engine:
    """sandgate-engine: runs in the engine of a server with this configuration, without the server."""

    def __init__(self, config: dict, mode: str, spec: dict, options: list):
        self.place = sandgate.Server(config=config, mode=mode)
        self.command = [*self.place.launcher, str(sandgate.build_dir() / "src/cli/sandgate-engine"), "--config",
                        str(self.place.config_file), "--code", spec["code"], "--expect", spec["expect"],
                        *options]

    def __enter__(self):
        self.place.write_config()
        self.process = subprocess.Popen(self.command, cwd=self.place.folder, env=self.place.env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        return self

    def __exit__(self, *_):
        self.process.communicate()
        self.place.close()

    def round(self, seconds: float) -> float:
        """The p50 of that many seconds of runs, in milliseconds."""
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["p50_ms"]


FORKS = """import gc, json, os, sys, time

def run(program):
    output, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(end, 1)
        exec(compile(program, "main.py", "exec"), {"__name__": "__main__"})
        sys.stdout.flush()
        os._exit(0)
    os.close(end)
    text = os.read(output, 1000)
    os.close(output)
    os.waitpid(pid, 0)
    return text.decode()

gc.freeze()
for line in sys.stdin:
    end, runs = time.monotonic() + float(line), 0
    while time.monotonic() < end:
        if run(sys.argv[1]) != sys.argv[2]:
            sys.exit("a fork did not print what it should")
        runs += 1
    print(runs, flush=True)
"""


class Forks:
    """What a fork alone costs on this machine: os.fork() in stock interpreters, a loop for each CPU, which have
    imported json; without jail, limits, HTTP and cleaning up."""

    def __init__(self, python: str, spec: dict):
        self.command = [python, "-c", FORKS, spec["code"], spec["expect"]]

    def __enter__(self):
        self.loops = [subprocess.Popen(self.command, env={}, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       start_new_session=True) for _ in range(os.cpu_count())]
        return self

    def __exit__(self, *_):
        for loop in self.loops:
            loop.communicate()

    def round(self, seconds: float) -> float:
        """Forks per second."""
        for loop in self.loops:
            loop.stdin.write(f"{seconds}\n")
            loop.stdin.flush()
        return sum(int(loop.stdout.readline()) for loop in self.loops) / seconds


def private_megabytes(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return sum(int(fields[name].split()[0]) for name in ("Private_Clean", "Private_Dirty")) / 1024


def parked(server, uid_base: int) -> list:
    """The children that wait for code: processes of a run's uid while nothing runs."""
    def is_one(pid: int) -> bool:
        try:
            return os.stat(f"/proc/{pid}").st_uid >= uid_base
        except FileNotFoundError:
            return False  # it has ended meanwhile
    return [pid for pid in sandgate.descendants(server.process.pid) if is_one(pid)]


def parked_rows(config: dict, mode: str) -> list:
    rows = []
    for language, limit, aim in (("python3", 1.5, 1.0), ("nodejs", 3.0, 1.5)):
        if language == "nodejs" and "nodejs_path" not in config:
            continue
        other = "node_spawner" if language == "python3" else "python_spawner"
        base = sandgate.own_uid_base()
        with sandgate.Server(config={**config, other: "exec", "isolation": {"uid_base": base}}, mode=mode) as server:
            server.run(language, "0")
            try:
                sandgate.wait_for(lambda: parked(server, base), 5, "parked children")
            except TimeoutError:
                continue  # no fork server here
            time.sleep(1)  # the run itself has gone, and the stock is full
            pids = parked(server, base)
            rows.append((f"{language}: private memory of a parked child, MB",
                         statistics.median(private_megabytes(pid) for pid in pids), limit, aim))
    return rows


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def idle_rows(config: dict, mode: str) -> list:
    with sandgate.Server(config=config, mode=mode) as server:
        connections = []
        for _ in range(IDLE_CONNECTIONS):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            connection.request("GET", "/health")
            connection.getresponse().read()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
            connections.append(connection)
        before = cpu_ticks(server.process.pid)
        time.sleep(IDLE_SECONDS)
        ticks = cpu_ticks(server.process.pid) - before
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        resident = int(status.split("VmRSS:")[1].split()[0]) / 1024
        for connection in connections:
            connection.close()
    return [(f"server with {IDLE_CONNECTIONS} idle connections: resident memory, MB", resident, 60, None),
            (f"server with {IDLE_CONNECTIONS} idle connections: processor time, %",
             100 * ticks / os.sysconf("SC_CLK_TCK") / IDLE_SECONDS, 0, None)]


STEPS = ("request sent until the first line of the program", "first until last line",
         "last line until the reply has arrived")
REPORTING = {"python3": "import time\nbegin = time.monotonic_ns()\nimport json\ntext = json.dumps({'n': 1})\n"
                        "print(begin, time.monotonic_ns())",
             "nodejs": "const begin = process.hrtime.bigint()\nJSON.stringify({n: 1})\n"
                       "console.log(`${begin} ${process.hrtime.bigint()}`)"}


def steps(config: dict, mode: str, runs: int = 200) -> list:
    """[(language, milliseconds of each of STEPS)]: the program tells its own times, by the clock that the client
    reads too (CLOCK_MONOTONIC)."""
    rows = []
    with sandgate.Server(config=config, mode=mode) as server:
        for language, code in REPORTING.items():
            if language == "nodejs" and "nodejs_path" not in config:
                continue
            times = []
            for _ in range(runs + 1):
                sent = time.monotonic_ns()
                data = server.run(language, code)["data"]
                arrived = time.monotonic_ns()
                begin, end = map(int, data["stdout"].split())
                times.append((begin - sent, end - begin, arrived - end))
                time.sleep(0.02)  # a child is parked meanwhile
            rows.append((language, [statistics.median(step) / 1e6 for step in zip(*times[1:])]))
    return rows


def measure(config: dict, mode: str) -> list:
    return nothing_rows(config, mode) + pandas_row(config, mode) + parked_rows(config, mode) + idle_rows(config, mode)
