# SPDX-License-Identifier: Apache-2.0
"""Claim: user code starts with an empty stdin, two pipes, and no other descriptor.

Origin: runc's CVE-2024-21626 and others: one inherited descriptor of a folder, socket or program is a way out.
"""

import attack
import pytest
import sandgate

OPEN = """
import fcntl, stat
def is_open(fd):
    return attempt(fcntl.fcntl, fd, fcntl.F_GETFD) != "EBADF"
tell([fd for fd in range(0, 4096) if is_open(fd)])
"""


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
