# SPDX-License-Identifier: Apache-2.0
"""When fork servers start, serve and are replaced, as those notice who send runs and read the log."""

import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sandgate

# A forked run has modules that it did not import.
WARM = "import sys\nprint('decimal' in sys.modules)"
# A process that waited for its code is older than a second.
WAITED = "import os, time\nprint(time.time() - os.stat('.').st_mtime > 1)"
WHICH = "import os\nprint(hash('seed'))"
ALL = ["python3 without network", "python3 with network"]


def in_use(server) -> list:
    return [line["environment"] for line in server.log_lines() if line.get("msg") == "fork server in use"]


def stdout_of(server, code: str, **more) -> str:
    reply = server.run("python3", code, **more)
    assert reply["data"]["error"] == "", reply
    return reply["data"]["stdout"]


def interpreters(server) -> list:
    """The pids of the warmed CPythons, without their children."""
    return server.spawners(b"sandgate-python.so")


@pytest.fixture
def python_with():
    """python_with(MODULE, CODE): path of the system's python3 with one more module, where runs can see it."""
    if os.geteuid() != 0:
        pytest.skip("makes a folder in /opt")
    folders = []

    def make(module: str, code: str) -> str:
        folder = Path(tempfile.mkdtemp(prefix="sandgate-test-", dir="/opt"))
        folder.chmod(0o755)
        folders.append(folder)
        version = os.path.basename(os.path.realpath("/usr/bin/python3"))
        packages = folder / "lib" / version / "site-packages"
        packages.mkdir(parents=True)
        (packages / f"{module}.py").write_text(code)
        (folder / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = true\n")
        (folder / "bin").mkdir()
        (folder / "bin/python3").symlink_to("/usr/bin/python3")
        return str(folder / "bin/python3")

    yield make
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def forked():
    if sandgate.everything_starts_cold():
        pytest.skip("about fork servers")


def test_every_interpreter_is_warmed_when_the_server_starts(make_server):
    server = make_server(env={"SANDGATE_WARM_UP": "at_start"})
    server.wait_warm(ALL)
    assert stdout_of(server, WARM) == "True\n"


def test_as_many_children_as_can_be_asked_for_have_their_accounts(make_server):
    server = make_server(config={"max_workers": 1024, "parked_children": 64})
    assert stdout_of(server, WARM) == "True\n"
    assert "sandbox" in stdout_of(server, "import os, pwd\nprint(pwd.getpwuid(os.getuid()).pw_name)")


def test_an_interpreter_is_warmed_by_its_first_run_and_that_run_is_forked(make_server):
    server = make_server(env={"SANDGATE_WARM_UP": "at_first_run"})
    assert in_use(server) == []
    assert stdout_of(server, WARM) == "True\n"
    assert in_use(server) == ["python3 without network"]
    assert stdout_of(server, WARM, enable_network=True) == "True\n"
    assert in_use(server) == ALL


def test_many_first_runs_at_once_start_one_fork_server(make_server):
    server = make_server(env={"SANDGATE_WARM_UP": "at_first_run"})
    replies = server.run_many([("python3", WARM)] * 4)
    assert [reply["data"]["stdout"] for reply in replies] == ["True\n"] * 4
    assert in_use(server) == ["python3 without network"]


def test_runs_are_cold_where_the_configuration_says_so(make_server):
    server = make_server(env={"SANDGATE_PYTHON_SPAWNER": "exec", "SANDGATE_WARM_UP": "at_start"})
    assert stdout_of(server, WARM) == "False\n"


def pythons() -> list:
    """The CPythons in the PATH that runs can use, one of each version."""
    found = {}
    for path in filter(None, map(shutil.which, ["python3", *(f"python3.{minor}" for minor in range(8, 20))])):
        asked = [path, "-c", "import sys; print(*sys.version_info[:2], sys.executable)"]
        done = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        if done.returncode == 0:
            major, minor, program = done.stdout.strip().split(" ", 2)
            found.setdefault((major, minor), program)
    return list(found.values())


@pytest.mark.parametrize("python", pythons())
def test_every_python_is_forked_and_takes_little_memory(make_server, python):
    server = make_server(config={"python_path": python})
    assert stdout_of(server, WARM) == "True\n"
    kilobytes = [int(sandgate.status_of(pid)["VmRSS"].split()[0]) for pid in interpreters(server)]
    assert kilobytes and max(kilobytes) < 100_000


@pytest.mark.modes("full")  # a run of others has no /proc
def test_a_run_changes_few_pages_of_its_fork_server(make_server):
    """Each costs a page fault; as counted when the program begins, of CPython 3.11 with the default modules."""
    server = make_server()
    assert stdout_of(server, WARM) == "True\n"
    code = WARM + "\nprint(sys.version_info[1], open('/proc/self/stat').read().rpartition(')')[2].split()[7])"
    warm, minor, faults = stdout_of(server, code).split()
    if minor != "11":
        pytest.skip("counted for another version")
    assert warm == "True" and int(faults) < 160


@pytest.mark.parametrize("module", [
    "import os\nos.register_at_fork(after_in_child=lambda: None)",
    "import threading, time\nt = threading.Timer(9, print)\nt.start()\nt.cancel()\ntime.sleep(0.05)",
], ids=["hooked", "once threaded"])
def test_a_thread_is_waited_for_whatever_warm_modules_have_done(make_server, python_with, module):
    server = make_server({"python_path": python_with("odd", module), "warm_modules": ["default", "odd"]})
    code = WARM + "\nimport threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()"
    assert stdout_of(server, code) == "True\nlate\n"


def test_random_numbers_differ_when_a_warm_module_has_drawn_some(make_server, python_with):
    """gauss() makes two at once, and keeps one."""
    server = make_server({"python_path": python_with("drawing", "import random\nrandom.gauss(0, 1)"),
                          "warm_modules": ["default", "drawing"]})
    code = WARM + "\nimport random\nprint(random.gauss(0, 1))"
    replies = [stdout_of(server, code) for _ in range(2)]
    assert all(reply.startswith("True\n") for reply in replies) and replies[0] != replies[1]


def test_lines_that_a_warm_module_keeps_back_are_written_at_the_end(make_server, python_with):
    module = ("import logging.handlers, sys\n"
              "handler = logging.handlers.MemoryHandler(9, target=logging.StreamHandler(sys.stdout))")
    server = make_server({"python_path": python_with("keeping", module), "warm_modules": ["default", "keeping"]})
    code = WARM + "\nimport keeping, logging\nlogging.getLogger().addHandler(keeping.handler)\nlogging.warning('kept')"
    assert stdout_of(server, code) == "True\nkept\n"


def test_a_run_finds_no_holes_in_the_memory_of_its_fork_server(make_server):
    """What imports have freed all over the heap; where a program puts something there, pages are copied."""
    server = make_server()
    assert stdout_of(server, WARM) == "True\n"
    code = WARM + """
import ctypes
class Use(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "free_blocks", *"cdefghij")]
ask = ctypes.CDLL(None).mallinfo2
ask.restype = Use
print(ask().free_blocks)"""
    warm, blocks = stdout_of(server, code).split()
    assert warm == "True" and int(blocks) < 60


def needs_large_pages():
    kernel = tuple(int(part) for part in os.uname().release.split(".")[:2])
    if kernel < (6, 1) or not os.path.exists("/sys/kernel/mm/transparent_hugepage"):
        pytest.skip("the kernel makes no large pages when asked")


def share_in_large_pages(pid: int, mapping: str) -> float:
    """Of the memory that a process has in the mapping of that name: how much of it the kernel keeps in large pages."""
    line = next(line for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if line.endswith(mapping))
    start, end = (int(word, 16) // 4096 for word in line.split()[0].split("-"))
    present = large = 0
    with open(f"/proc/{pid}/pagemap", "rb") as pages, open("/proc/kpageflags", "rb") as flags:
        pages.seek(start * 8)
        for (entry,) in struct.iter_unpack("=Q", pages.read((end - start) * 8)):
            if not entry >> 63:  # see pagemap.rst of the kernel
                continue
            flags.seek((entry & (1 << 55) - 1) * 8)
            present += 1
            large += struct.unpack("=Q", flags.read(8))[0] >> 22 & 1  # KPF_THP
    return large / present


def test_the_heap_of_a_fork_server_is_in_large_pages(make_server):
    needs_large_pages()
    if not os.access("/proc/kpageflags", os.R_OK):
        pytest.skip("the kernel does not tell which pages are large")
    server = make_server()
    assert stdout_of(server, WARM) == "True\n"
    assert share_in_large_pages(interpreters(server)[0], "[heap]") > 0.8


@pytest.mark.modes("full")  # a run of others has no /proc
def test_the_code_of_a_fork_server_is_in_large_pages(make_server):
    needs_large_pages()
    server = make_server()
    assert stdout_of(server, WARM) == "True\n"
    code = """
large = code = 0
for line in open('/proc/self/smaps'):
    words = line.split()
    if '-' in words[0]:
        code = 'x' in words[1] and len(words) == 5
    elif code and words[0] == 'AnonHugePages:':
        large += int(words[1])
print(large)"""
    assert int(stdout_of(server, code)) >= 2048


def test_what_a_warm_module_does_at_a_fork_is_done_in_each_run(make_server, python_with):
    """As after os.fork(); a module without such hooks does not hide it."""
    module = "import os, random\nran = []\nos.register_at_fork(after_in_child=lambda: ran.append(os.getpid()))"
    server = make_server({"python_path": python_with("hooked", module), "warm_modules": ["default", "hooked"]})
    code = WARM + "\nimport hooked, os, random\nprint(hooked.ran == [os.getpid()], random.random())"
    replies = [stdout_of(server, code) for _ in range(2)]
    assert all(reply.startswith("True\nTrue ") for reply in replies)
    assert replies[0] != replies[1], "the same random numbers"


def test_a_module_that_cannot_be_imported_is_told_and_the_rest_is_warm(make_server):
    server = make_server(config={"warm_modules": ["default", "no_such_module"]})
    assert stdout_of(server, WARM) == "True\n"
    assert any("no_such_module" in line["msg"] for line in server.log_lines() if line["level"] == "warn")


@pytest.fixture
def unforked(python_with):
    """A configuration whose Python cannot be forked: it would lose a thread."""
    python = python_with("starts_a_thread", "import threading, time\n"
                         "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()")
    return {"python_path": python, "warm_modules": ["default", "starts_a_thread"]}


def test_a_module_that_starts_a_thread_makes_runs_cold_and_is_named(make_server, unforked):
    server = make_server(config=unforked)
    assert stdout_of(server, WARM) == "False\n"
    told = server.wait_log("fork server not in use, runs start cold meanwhile")
    assert "importing starts_a_thread started 1 threads" in told["reason"]


@pytest.mark.parametrize("processes", [False, True])
def test_interpreters_are_started_ahead_where_they_cannot_be_forked(make_server, unforked, processes):
    """Also where the policy lets a run execute programs, so that no refused execve(2) tells of the start."""
    server = make_server(config={**unforked, "allow_processes": processes})
    assert stdout_of(server, WAITED) == "False\n"
    time.sleep(2)
    assert stdout_of(server, WAITED) == "True\n"


@pytest.mark.skipif(sandgate.node_is_forked(), reason="this node is forked")
def test_a_node_that_cannot_be_forked_is_started_ahead(make_server):
    server = make_server(env={"SANDGATE_NODE_SPAWNER": "auto"})
    waited = "console.log(Date.now() - require('fs').statSync('.').mtimeMs > 1000)"
    assert server.run("nodejs", waited)["data"]["stdout"] == "false\n"
    time.sleep(3)
    assert server.run("nodejs", waited)["data"]["stdout"] == "true\n"


def test_interpreters_that_wait_are_started_anew_when_packages_may_have_changed(make_server, unforked):
    server = make_server(config=unforked)
    stdout_of(server, "pass")
    time.sleep(2)
    assert server.request("GET", "/v1/sandbox/dependencies/refresh?language=python3")[0] == 200
    assert stdout_of(server, WAITED) == "False\n"


def test_fork_servers_are_started_anew_when_packages_may_have_changed(make_server):
    server = make_server()
    assert stdout_of(server, WARM) == "True\n"
    before = interpreters(server)
    assert server.request("POST", "/v1/sandbox/dependencies/update", {"language": "python3"})[0] == 200
    sandgate.wait_for(lambda: len(in_use(server)) == 2, what="the next generation")
    assert stdout_of(server, WARM) == "True\n"
    sandgate.wait_for(lambda: not set(interpreters(server)) & set(before), what="the end of the one before")


def test_nothing_is_started_ahead_where_the_configuration_says_cold(make_server):
    server = make_server(env={"SANDGATE_PYTHON_SPAWNER": "exec"})
    stdout_of(server, "pass")
    time.sleep(2)
    assert stdout_of(server, WAITED) == "False\n"


def test_a_run_does_not_wait_long_for_an_interpreter_that_is_slow_to_warm(make_server, python_with):
    python = python_with("slow", "import time\ntime.sleep(6)")
    server = make_server(config={"python_path": python, "warm_modules": ["default", "slow"]})
    assert stdout_of(server, WARM) == "False\n"
    server.wait_warm(ALL[:1])
    assert stdout_of(server, WARM) == "True\n"


def test_a_fork_server_that_is_killed_is_replaced(make_server):
    server = make_server()
    assert stdout_of(server, WARM) == "True\n"
    before = interpreters(server)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    server.wait_log("fork server not in use, runs start cold meanwhile")
    assert stdout_of(server, "print('still answers')") == "still answers\n"
    sandgate.wait_for(lambda: in_use(server).count(ALL[0]) == 2, what="the next generation")
    assert stdout_of(server, WARM) == "True\n"
    assert not set(interpreters(server)) & set(before)


def test_a_fork_server_that_does_not_answer_is_replaced(make_server):
    server = make_server(config={"parked_children": 0})
    assert stdout_of(server, WARM) == "True\n"
    before = interpreters(server)
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    assert stdout_of(server, "print('answers')") == "answers\n"
    sandgate.wait_for(lambda: stdout_of(server, WARM) == "True\n", what="the next generation")
    assert not set(interpreters(server)) & set(before)


def test_generations_are_replaced_after_their_runs_and_differ(make_server):
    server = make_server(config={"recycle_runs": 4, "parked_children": 0})
    seeds = set()
    def recycled():
        seeds.add(stdout_of(server, WHICH))
        return len(in_use(server)) > 3
    sandgate.wait_for(recycled, what="three recyclings")
    assert len(seeds) > 1, "addresses and hash seeds are those of the first generation"
    assert len(interpreters(server)) <= 2, "generations that are replaced end"


def test_a_run_outlives_the_generation_that_made_it(make_server):
    server = make_server(config={"recycle_runs": 1, "parked_children": 0, "worker_timeout": 30})
    with ThreadPoolExecutor(1) as pool:
        long_run = pool.submit(stdout_of, server, "import time\ntime.sleep(3)\nprint('whole')")
        def recycled():
            stdout_of(server, "pass")
            return len(in_use(server)) > 2
        sandgate.wait_for(recycled, what="two recyclings")
        assert not long_run.done(), "too slow to tell"
        assert long_run.result() == "whole\n"


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
def test_a_run_of_an_old_node_spawner_does_not_begin_with_a_collection(make_server):
    """V8 plans one for when it has been idle for 8 s."""
    server = make_server()
    major = """
const { PerformanceObserver, constants } = require('perf_hooks');
let count = 0;
new PerformanceObserver((list) => {
  count += list.getEntries().filter((one) => one.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
}).observe({ entryTypes: ['gc'] });
setTimeout(() => console.log(count), 200);"""
    server.run("nodejs", "0")
    time.sleep(9)
    for _ in range(3):
        assert server.run("nodejs", major)["data"]["stdout"] == "0\n"
