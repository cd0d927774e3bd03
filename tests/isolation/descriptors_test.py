# SPDX-License-Identifier: Apache-2.0
"""Claim: user code starts with an empty stdin, two pipes, and no other descriptor; no other process has these.

Origin: runc's CVE-2024-21626 and others: one inherited descriptor of a folder, socket or program is a way out.
"""

import ctypes
import os

import attack
import pytest
import sandgate

KCMP = 312
KCMP_FILE = 0
OPEN = """
import fcntl, stat
def is_open(fd):
    return attempt(fcntl.fcntl, fd, fcntl.F_GETFD) != "EBADF"
tell([fd for fd in range(0, 4096) if is_open(fd)])
"""
FLAGS = """
import fcntl
def flags_of(fd):
    return [fcntl.fcntl(fd, question) for question in (fcntl.F_GETFL, fcntl.F_GETSIG, fcntl.F_GETOWN)]
"""
CHANGE = FLAGS + """
def change(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK | os.O_APPEND)
    fcntl.fcntl(fd, fcntl.F_SETSIG, 42)
    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
"""
TELL_FLAGS = FLAGS + "tell([flags_of(fd) for fd in (0, 1, 2)])"
NODE_SLEEPS = "process.title = '{}'; setTimeout(() => 0, 600000)"


def test_three_descriptors_are_open(secret_server):
    assert attack.inside(secret_server, OPEN) == [0, 1, 2]


def test_stdin_is_empty_and_the_others_are_pipes(secret_server):
    program = "import stat; tell([sys.stdin.read(), [stat.S_IFMT(os.fstat(fd).st_mode) for fd in (1, 2)]])"
    assert attack.inside(secret_server, program) == ["", [0o010000] * 2]


def test_node_has_no_socket_file_or_folder_open(secret_server):
    code = """
const fs = require('fs'), open = [];
for (let fd = 3; fd < 1024; fd++) {
  try { const s = fs.fstatSync(fd); if (s.isSocket() || s.isFile() || s.isDirectory()) open.push(fd); } catch {}
}
console.log(JSON.stringify(open));
"""
    assert secret_server.run("nodejs", code)["data"]["stdout"] == "[]\n"


def test_flags_that_a_run_sets_are_not_those_of_later_runs(secret_server):
    shared = CHANGE + """
fd = os.open("/dev/null", os.O_RDONLY)
before = flags_of(fd)
if os.fork() == 0:
    change(fd)
    os._exit(0)
os.wait()
tell(before == flags_of(fd))
"""
    assert attack.outside(shared) is False
    first = attack.inside(secret_server, TELL_FLAGS)
    assert [flags[1:] for flags in first] == [[0, 0]] * 3 and first[0][0] & (os.O_NONBLOCK | os.O_APPEND) == 0
    change_all = CHANGE + "tell([attempt(change, fd) for fd in (0, 1, 2)] + [flags_of(0)[1]])"
    assert attack.inside(secret_server, change_all) == ["done"] * 3 + [42]
    for _ in range(4):  # parked children were made before, others after
        assert attack.inside(secret_server, TELL_FLAGS) == first


def shared_files(one: int, others: list) -> list:
    """(descriptor of `one`, pid, descriptor) for each open file that `one` has in common with another."""
    def numbers(pid):
        return [int(name) for name in os.listdir(f"/proc/{pid}/fd")]

    def same(fd, pid, other):
        result = ctypes.CDLL(None, use_errno=True).syscall(KCMP, one, pid, KCMP_FILE, fd, other)
        assert result >= 0 or ctypes.get_errno() == 9, os.strerror(ctypes.get_errno())  # EBADF: closed meanwhile
        return result == 0

    return [(fd, pid, other) for fd in numbers(one) for pid in others for other in numbers(pid) if same(fd, pid, other)]


@pytest.mark.skipif(attack.only_x86_64, reason="a number of x86_64")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may compare")
@pytest.mark.parametrize("language", ["python3", "nodejs"])
def test_no_open_file_is_that_of_another_run_or_of_the_server(secret_server, language):
    names = [attack.unique("a"), attack.unique("b")]
    code = {"python3": "name_process(name)\ntime.sleep(600)", "nodejs": NODE_SLEEPS}[language]
    texts = [code.format(name) if language == "nodejs" else attack.text_of(code, name=name) for name in names]
    with attack.open_code(secret_server, language, texts[0]), attack.open_code(secret_server, language, texts[1]):
        one, two = (attack.wait_named(name)[0] for name in names)
        assert shared_files(one, [one]), "kcmp(2) finds what is the same"
        assert shared_files(one, [two, secret_server.pid, *secret_server.spawners()]) == []


def test_the_other_end_of_stdout_is_not_readable(secret_server):
    program = "print('before', flush=True); tell([attempt(os.read, 1, 100), attempt(os.read, 2, 100)])"
    assert attack.inside(secret_server, program) == ["EBADF", "EBADF"]


def test_the_code_of_the_next_run_is_not_found(secret_server):
    program = "tell(attempt(os.read, 3, 100))"
    assert attack.inside(secret_server, program) == "EBADF"


def test_no_listener_of_the_filter_is_left(make_server):
    server = make_server(config={"allow_processes": True})
    program = "import subprocess; tell(subprocess.run([sys.executable, '-c', child], stdout=subprocess.PIPE, " \
              "close_fds=False, text=True).stdout)"
    assert attack.inside(server, program, child=attack.text_of(OPEN)).strip() == "[0, 1, 2]"


def test_no_signal_is_ignored_because_the_server_ignores_it(mode):
    if mode != "full":
        pytest.skip("the launcher of the mode is another one")
    with sandgate.Server(mode=mode, launcher=["env", "--ignore-signal=HUP", "--ignore-signal=USR1"]) as server:
        program = "import signal; tell([str(signal.getsignal(n)) for n in (signal.SIGHUP, signal.SIGUSR1)])"
        assert attack.inside(server, program) == ["0", "0"]
