# SPDX-License-Identifier: Apache-2.0
"""Starts a sandgate server for black-box tests and talks to it over HTTP.

Used by every pytest suite under tests/ and by bench/, in the test process:

    with Server(config={"worker_timeout": 2}, env={"TZ": "UTC"}) as server:
        reply = server.run("python3", "print(1)")
        assert reply["data"]["stdout"] == "1\\n"

Each server has a temporary folder of its own (working directory, configuration, logs, state), a port
chosen by the kernel and a clean environment. `mode` starts it inside an emulated container
(tests/tools/containerize.cc). $SANDGATE_TEST_SPAWNER=exec has every program started cold, not forked.
$SANDGATE_TEST_INSIDE=MODE says that the tests themselves are where that mode is had, in a container, and emulate none;
$SANDGATE_TEST_RUNNING=PORT that a server with packages runs there, which takes the place of the one that tests share.
Nothing here checks what the server answers.
"""

import atexit
import functools
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
API_KEY = "test-key"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ROOTLESS_UID = 54321
CGROUP_HOME = re.compile("sandgate-runs-[0-9a-f]{16}")
COMPANIONS = ("sandgate-spawner", "sandgate-python.so", "sandgate-node.node", "libsandgate-tmp.so")


def build_dir() -> Path:
    """Where the programs under test were built: $SANDGATE_BUILD_DIR or build/."""
    return Path(os.environ.get("SANDGATE_BUILD_DIR") or REPOSITORY / "build").resolve()


@functools.cache
def binary() -> Path:
    """The program under test: $SANDGATE_BIN or build/src/cli/sandgate; where other users cannot reach that, as below
    /root, a copy of it."""
    program = Path(os.environ.get("SANDGATE_BIN") or build_dir() / "src/cli/sandgate").resolve()
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in program.parents):
        return program
    copy = Path(tempfile.mkdtemp(prefix="sandgate-test-programs-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, copy)
    copy.chmod(0o755)
    companions = [build_dir() / "src/spawner" / name for name in COMPANIONS]
    for file in (program, *(file for file in companions if file.exists())):
        shutil.copy(file, copy)
    return copy / program.name


def containerize() -> Path:
    """The launcher that emulates a default container."""
    return build_dir() / "tests/containerize"


# name of a mode: arguments of containerize, or None for "start it as it is".
MODES = {
    "full": None,
    "container": [],
    "container-no-landlock": ["--no-landlock"],
    "rootless": ["--uid", str(ROOTLESS_UID)],
    "rootless-userns": ["--plain", "--uid", str(ROOTLESS_UID)],
    "rootless-no-landlock": ["--uid", str(ROOTLESS_UID), "--no-landlock"],
}


# The one mode that there is, where nothing is emulated.
INSIDE = os.environ.get("SANDGATE_TEST_INSIDE")
RUNNING = os.environ.get("SANDGATE_TEST_RUNNING")


@functools.cache
def has_user_namespaces() -> bool:
    return subprocess.run(["unshare", "--user", "true"], stderr=subprocess.DEVNULL).returncode == 0


def launcher_for(mode: str) -> list:
    """The command prefix that starts a program in `mode`, one of MODES. Tests that say "full" without a need for it get
    what there is."""
    if INSIDE and mode in (INSIDE, "full"):
        return []
    arguments = MODES[mode]
    if arguments is None:
        return []
    if mode == "rootless-userns" and not has_user_namespaces():
        raise unittest.SkipTest("no user namespace can be made here, as in a chroot (unshare(2))")
    return [str(containerize()), *arguments, "--"]


def merged(base: dict, over: dict) -> dict:
    """`base` with the values of `over`, tables merged key by key."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def wait_for(condition, seconds: float = 20.0, what: str = "a condition"):
    """The first true value of condition(); raises TimeoutError when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.01)


def parse_log(text: str) -> list:
    """The JSON log lines in `text`; other lines as {"text": line}."""
    lines = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        lines.append(value if isinstance(value, dict) else {"text": line})
    return lines


def read_stat(pid: int):
    """(parent's pid, state letter) of a process, or None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), fields[0]


def status_of(pid: int) -> dict:
    """/proc/PID/status as a dict. Raises OSError when the process is gone."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict((key, value.strip()) for key, _, value in (line.partition(":") for line in lines))


def descendants(root: int) -> list:
    """The pids below `root`, zombies included, sorted."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = read_stat(int(name))
            if stat:
                children.setdefault(stat[0], []).append(int(name))
    found, queue = [], [root]
    while queue:
        for child in children.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return sorted(found)


def everything_starts_cold() -> bool:
    """Whether this is the suite `exec`."""
    return os.environ.get("SANDGATE_TEST_SPAWNER") == "exec"


@functools.lru_cache(maxsize=None)
def node_is_forked() -> bool:
    """Whether this machine's node is one that the server forks."""
    node = shutil.which("node") or shutil.which("nodejs")
    done = node and subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=False)
    return bool(done) and done.stdout.startswith(("v20.", "v22."))


def own_uid_base() -> int:
    """An isolation.uid_base that no other server of a test has: without a pid namespace a server ends the processes
    of its uids, whoever started them, and limits.processes counts them all."""
    own_uid_base.taken += 1
    return 1_000_000 + os.getpid() % 30_000 * 60_000 + own_uid_base.taken % 50 * 1_200


own_uid_base.taken = 0


class HttpClient:
    """Requests to one server; each on a fresh connection."""

    host = "127.0.0.1"
    port = 0
    key = API_KEY

    def connect(self, timeout: float = 60.0) -> http.client.HTTPConnection:
        """A connection that the caller closes; for keep-alive and concurrency tests."""
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def raw(self, data: bytes = b"", timeout: float = 60.0) -> socket.socket:
        """A TCP connection with `data` already sent; the caller closes it."""
        connection = socket.create_connection((self.host, self.port), timeout=timeout)
        if data:
            connection.sendall(data)
        return connection

    def request(self, method: str, path: str, body=None, headers=None, timeout: float = 60.0):
        """(status, headers, body bytes). A dict or list as `body` is sent as application/json.

        X-Api-Key is added unless `headers` names it; a value of None leaves a header out.
        Header names of the answer are in lower case.
        """
        send = {"X-Api-Key": self.key}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            send["Content-Type"] = "application/json"
        for name, value in (headers or {}).items():
            for known in [known for known in send if known.lower() == name.lower()]:
                del send[known]
            if value is not None:
                send[name] = value
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body=body, headers=send)
            response = connection.getresponse()
            data = response.read()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, data
        finally:
            connection.close()

    def run(self, language: str, code: str, **more) -> dict:
        """The parsed reply of POST /v1/sandbox/run; `more` adds or replaces fields of the request."""
        body = {"language": language, "code": code, "preload": "", "enable_network": False, **more}
        _, _, data = self.request("POST", "/v1/sandbox/run", body)
        return json.loads(data)

    def run_many(self, requests: list) -> list:
        """The replies of run(language, code) for each pair in `requests`, all sent at the same time."""
        replies = [None] * len(requests)

        def one(index: int, language: str, code: str):
            try:
                replies[index] = self.run(language, code)
            except (OSError, ValueError, http.client.HTTPException) as error:
                replies[index] = {"exception": repr(error)}

        threads = [threading.Thread(target=one, args=(i, *r)) for i, r in enumerate(requests)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return replies

    def healthy(self) -> bool:
        try:
            return self.request("GET", "/health", timeout=5)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


class RunningServer(HttpClient):
    """The server that $SANDGATE_TEST_RUNNING names."""

    def __init__(self):
        self.port = int(RUNNING)


class Server(HttpClient):
    """A running `sandgate serve`. Context manager; start() and stop() may be called by hand.

    config    merged over the defaults below and written as <folder>/config.yaml (JSON is YAML)
    env       variables added to a clean environment (PATH, HOME, LANG)
    mode      one of MODES; kept in .mode
    launcher  the command prefix, instead of the one of `mode`
    """

    def __init__(self, config=None, env=None, mode: str = "full", launcher=None):
        self.mode = mode
        self.launcher = launcher_for(mode) if launcher is None else list(launcher)
        self.folder = Path(tempfile.mkdtemp(prefix="sandgate-test-"))
        self.folder.chmod(0o755)
        self.config_file = self.folder / "config.yaml"
        self.stdout_file = self.folder / "stdout.log"
        self.stderr_file = self.folder / "stderr.log"
        defaults = {
            "app": {"port": 0, "key": API_KEY},
            "log_path": str(self.folder / "logs"),
            "state_dir": str(self.folder / "state"),
            "dependencies": {"folder": str(self.folder / "dependencies")},
            "isolation": {"uid_base": own_uid_base()},
        }
        self.config = merged(defaults, config or {})
        self.key = self.config["app"]["key"]
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.folder), "LANG": "C.UTF-8"}
        self.env["SANDGATE_WARM_UP"] = "at_first_run"  # most servers serve few of the environments
        if not node_is_forked():
            self.env["SANDGATE_NODE_SPAWNER"] = "exec"  # to start ahead is waste for a server with few runs
        if "SANDGATE_TEST_SPAWNER" in os.environ:
            spawner = os.environ["SANDGATE_TEST_SPAWNER"]
            self.env.update({"SANDGATE_PYTHON_SPAWNER": spawner, "SANDGATE_NODE_SPAWNER": spawner})
        self.env.update(env or {})
        self.process = None
        self.leftovers = []  # pids that outlived the server, set by stop()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Starts the server and waits until it listens. Raises RuntimeError with its output otherwise."""
        self.spawn()
        try:
            wait_for(self._is_up, START_SECONDS, "the server to listen")
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.output()}") from error
        return self

    def spawn(self):
        """Starts the server and does not wait; for tests of a start that fails."""
        self.write_config()
        command = [*self.launcher, str(binary()), "serve", "--config", str(self.config_file)]
        with open(self.stdout_file, "ab") as out, open(self.stderr_file, "ab") as err:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True)
        return self

    def write_config(self):
        """The configuration and the folders that it names, of the user whom the mode has."""
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "logs").mkdir(exist_ok=True)
        self.config_file.write_text(json.dumps(self.config))
        if self.mode.startswith("rootless"):
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, ROOTLESS_UID, ROOTLESS_UID)

    def _is_up(self) -> bool:
        lines = self.log_lines()
        ports = [line["port"] for line in lines if line.get("msg") == "listening" and "port" in line]
        if ports and any(line.get("msg") == "config init success" for line in lines):
            self.port = int(ports[0])
            return True
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended with {self.process.returncode}\n{self.output()}")
        return False

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        """What the server printed so far, for messages."""
        parts = []
        for name in (self.stdout_file, self.stderr_file):
            if name.exists():
                parts.append(f"--- {name.name}\n" + name.read_text(errors="replace")[-6000:])
        return "\n".join(parts)

    def log_lines(self) -> list:
        """The log lines on stdout so far, each a dict."""
        if not self.stdout_file.exists():
            return []
        return parse_log(self.stdout_file.read_text(errors="replace"))

    def stderr(self) -> str:
        return self.stderr_file.read_text(errors="replace") if self.stderr_file.exists() else ""

    def wait_log(self, message: str, seconds: float = 20.0) -> dict:
        """The first log line with that "msg"."""
        return wait_for(lambda: next((x for x in self.log_lines() if x.get("msg") == message), None), seconds,
                        f"the log line {message!r}")

    def log_since(self, message: str) -> list:
        """The log lines from the first with that "msg" on."""
        lines = self.log_lines()
        return lines[[line.get("msg") for line in lines].index(message):]

    def wait_warm(self, environments: list, seconds: float = START_SECONDS):
        """Until the fork servers are in use, as the log names them; where config or env has warm_up: at_start."""
        def in_use():
            used = {line["environment"] for line in self.log_lines() if line.get("msg") == "fork server in use"}
            return used >= set(environments)
        wait_for(in_use, seconds, "warm interpreters")

    def wait_packages(self, seconds: float):
        """Until all packages that are asked for are installed and in use; RuntimeError with what failed."""
        def in_use():
            failed = [line["error"] for line in self.log_lines() if str(line.get("msg")).startswith("the packages could not be")]
            if failed:
                raise RuntimeError(failed[0])
            return self.request("GET", "/ready")[0] == 200
        wait_for(in_use, seconds, "the packages to be installed")

    def wait_exit(self, seconds: float = STOP_SECONDS) -> int:
        """The exit code of a server that ends by itself (negative: the signal)."""
        return self.process.wait(timeout=seconds)

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """SIGTERM, SIGKILL when `seconds` have passed; the exit code (negative: the signal).

        Processes that outlive the server are listed in .leftovers and killed.
        """
        if self.process is None:
            return 0
        below = descendants(self.pid)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        try:
            wait_for(lambda: not any(self._alive(pid) for pid in below), 5, "children to end")
        except TimeoutError:
            self.leftovers = [pid for pid in below if self._alive(pid)]
            for pid in self.leftovers:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return self.process.returncode

    @staticmethod
    def _alive(pid: int) -> bool:
        stat = read_stat(pid)
        return stat is not None and stat[1] != "Z"

    def close(self):
        """stop(), and removes the temporary folder."""
        self.stop()
        subprocess.run(["rm", "-rf", "--", str(self.folder)], stderr=subprocess.DEVNULL)  # however deep a run made it

    # What a run may not leave behind; each is compared before and after.

    def fds(self) -> list:
        """What the server's descriptors point to, sorted."""
        targets = []
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                targets.append(os.readlink(f"/proc/{self.pid}/fd/{name}"))
            except OSError:
                pass
        return sorted(targets)

    def children(self) -> list:
        """The pids below the server, zombies included."""
        return descendants(self.pid)

    def spawners(self, named: bytes = b"") -> list:
        """The pids of the processes that make runs: started by the server and not confined; with `named` in the
        command line."""
        found = self._unconfined()
        for _ in range(2):  # what a spawner has just made is not confined yet either, for a moment
            time.sleep(0.05)
            again = self._unconfined()
            found = {pid: seen for pid, seen in again.items() if pid in found}
        # In a pid namespace below it is told by that.
        depth = min((depth for depth, _ in found.values()), default=0)
        return [pid for pid, (own, line) in found.items() if own == depth and named in line]

    def _unconfined(self) -> dict:
        found = {}
        for pid in self.children():
            try:
                status = status_of(pid)
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            if int(status["PPid"]) == self.pid and status["NoNewPrivs"] == "0":
                found[pid] = (len(status["NSpid"].split()), line)
        return found

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def mounts(self) -> list:
        """The mount table that the server sees."""
        return Path(f"/proc/{self.pid}/mountinfo").read_text().splitlines()

    def scratch_files(self) -> list:
        """Files and folders in the server's state folder, but for those of environments and of their locks, which
        stay."""
        found = []
        for folder, names, files in os.walk(self.folder / "state"):  # what vanishes meanwhile is passed over
            found += [os.path.join(folder, name) for name in (*names, *files)]
        return sorted(set(found) - {str(self.folder / "state" / name) for name in ("environments", "environments-locks")})

    def cgroup_homes(self) -> list:
        """The folders in which the server makes cgroups; it holds them open while it lives."""
        return [Path(target) for target in self.fds() if CGROUP_HOME.fullmatch(os.path.basename(target))]

    def cgroups(self) -> list:
        """The folders of all its cgroups."""
        return [Path(folder) for home in self.cgroup_homes() for folder, _, _ in os.walk(home)]

    def rss_bytes(self) -> int:
        """The server's resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def counters(self) -> dict:
        """Numbers of everything that could leak."""
        return {
            "fds": len(self.fds()),
            "children": len(self.children()),
            "threads": self.threads(),
            "mounts": len(self.mounts()),
            "cgroups": len(self.cgroups()),
            "scratch_files": len(self.scratch_files()),
        }

    def counters_at_rest(self) -> dict:
        """The counters once they do not change any more: parked children are made a moment after a reply."""
        counters = self.counters()
        for _ in range(40):
            time.sleep(0.5)
            again = self.counters()
            if again == counters:
                break
            counters = again
        return counters

    def wait_settled(self, before: dict, seconds: float = 20.0) -> dict:
        """Waits until no counter is above `before`, and still is not a second later; the last counters either way.

        Spawners refill their parked children a moment after a reply, and the run of a client that has left may
        begin later: counters need a moment, and may rise once more.
        """
        deadline = time.monotonic() + seconds
        settled = 0
        while True:
            counters = self.counters()
            settled = settled + 1 if all(v <= before[k] for k, v in counters.items()) else 0
            if settled == 3 or time.monotonic() > deadline:
                return counters
            time.sleep(0.5 if settled else 0.01)
