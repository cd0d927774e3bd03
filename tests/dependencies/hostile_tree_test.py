# SPDX-License-Identifier: Apache-2.0
"""Claim: whatever a package writes while it is installed, what runs get afterwards is a tree of plain files and folders of
the server's, and of nobody else; what it starts ends before the tree is taken, and nothing outside of the tree changes."""

import json
import os
import stat
import time

import pytest
import sandgate
from conftest import GOOD, environments, refusal_of, update, version_of
from packages import make_sdist

# In front of what a package does when it is built.
ENVIRONMENT = """
import ctypes, resource, signal, socket, stat, subprocess, time
environment = os.path.dirname(os.path.dirname(sys.executable))
while not os.path.exists(os.path.join(environment, "pyvenv.cfg")):
    environment = os.path.dirname(environment)
os.chdir(environment)
def attempt(action):
    try:
        return action()
    except OSError as error:
        return error.strerror
"""


def tree_of(server):
    [name] = environments(server)
    return server.folder / "state/environments" / name


def statuses(folder) -> dict:
    return {path: os.lstat(path) for path in [folder, *folder.rglob("*")]}


def hostile(site, code: str, name="hostile"):
    make_sdist(site.wheels, name, "1.0", ENVIRONMENT + code)


@pytest.mark.parametrize("leave", ["os.mkfifo('left')", "socket.socket(socket.AF_UNIX).bind('left')"])
def test_what_is_neither_file_nor_folder_is_refused(served, leave):
    site, serve = served
    server = serve()
    hostile(site, leave)
    assert "left is neither a file nor a folder" in refusal_of(site, server, GOOD + "hostile\n")


LINKS = """
results = dict()
for path in {targets!r}:
    results[path] = attempt(lambda: os.link(path, "stolen"))
results["device"] = attempt(lambda: os.mknod("device", stat.S_IFCHR | 0o666, os.makedev(1, 1)))
raise SystemExit("results " + json.dumps(results))
"""


def test_no_file_of_others_gets_a_name_in_the_tree(served):
    site, serve = served
    server = serve()
    [old] = environments(server)
    other = next((server.folder / "state/environments" / old).rglob("good.py"))
    targets = ["/etc/passwd", "/bin/sh", "/usr/bin/python3.11", str(other), str(server.config_file),
               f"/environments/{old}/" + str(other.relative_to(tree_of(server)))]
    control = server.folder / "control"
    os.link(other, control)  # where nothing holds it
    control.unlink()
    hostile(site, LINKS.format(targets=targets))
    text = refusal_of(site, server, GOOD + "hostile\n")
    results = json.loads(text[text.index("results {") + 8:].split("}")[0] + "}")
    assert set(results) == {*targets, "device"} and all(isinstance(one, str) for one in results.values()), results
    assert os.stat(other).st_nlink == 1


MODES = """
os.makedirs("closed/inner")
open("closed/inner/file", "w").write("content")
os.chmod("closed/inner/file", 0o6000)
os.chmod("closed/inner", 0o000)
os.chmod("closed", 0o7000)
open("one", "w").write("1")
os.link("one", "another")
os.chmod("one", 0o6777)
"""


def test_closed_folders_and_borrowed_rights_become_plain(served):
    site, serve = served
    server = serve()
    hostile(site, MODES)
    site.require(GOOD + "hostile\n")
    assert update(server)["code"] == 0
    sandgate.wait_for(lambda: len(environments(server)) == 1, what="the old one to go")
    for path, status in statuses(tree_of(server)).items():
        assert stat.S_ISLNK(status.st_mode) or stat.S_IMODE(status.st_mode) in (0o644, 0o755), (path, oct(status.st_mode))
    code = "import good, sys; print(open(sys.prefix + '/closed/inner/file').read())"
    assert server.run("python3", code)["data"]["stdout"] == "content\n"


DAEMONS = """
open("beat", "w").close()
pip = os.getppid()
def pause_while_pip_lives():
    try:
        os.kill(pip, 0)
        time.sleep(0.01)
    except OSError:
        pass
for number in range(8):
    if os.fork() == 0:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        for sign in range(1, 65):
            try:
                signal.signal(sign, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        os.closerange(0, 100)
        beat = os.open("beat", os.O_RDWR)
        while True:
            os.pwrite(beat, str(time.time()).encode(), 0)
            try:
                open("late-%d" % number, "w").write(str(time.time()))
                pause_while_pip_lives()
                if os.fork() == 0:
                    os.setsid()
                else:
                    os._exit(0)
            except OSError:
                pass
"""


def test_nobody_writes_into_the_tree_that_was_taken(served):
    site, serve = served
    server = serve()
    hostile(site, DAEMONS)
    site.require(GOOD + "hostile\n")
    reply = update(server)
    assert reply["code"] == 0, reply
    sandgate.wait_for(lambda: len(environments(server)) == 1, what="the old one to go")
    folder = tree_of(server)
    before = {path: status.st_mtime_ns for path, status in statuses(folder).items()}
    assert folder / "beat" in before and (folder / "beat").stat().st_size > 0
    owner = os.stat(folder).st_uid
    assert all(status.st_uid == owner for status in statuses(folder).values())
    time.sleep(1)
    assert {path: status.st_mtime_ns for path, status in statuses(folder).items()} == before
    assert version_of(server, "good") == "1.0"


SPARSE = """
def sparse():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("sparse", "w") as file:
        os.truncate("sparse", 1 << 40)
result = attempt(sparse)
raise SystemExit("sparse: %s" % result)
"""


def test_a_sparse_file_larger_than_the_limit(served):
    site, serve = served
    server = serve()
    hostile(site, SPARSE)
    text = refusal_of(site, server, GOOD + "hostile\n")
    assert "sparse: File too large" in text or "sparse: Operation not permitted" in text, text
