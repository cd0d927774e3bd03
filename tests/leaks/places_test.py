# SPDX-License-Identifier: Apache-2.0
"""Claim: each place of the suite carries a mark where no jail is, so that finding none in a jail means something.

The planter and the looker are plain processes, one after the other and as the same ordinary user, or for the
state of an interpreter two programs in one plain interpreter, as in a worker that is used again.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import attack
import node_places
import places
import pytest
import python_places
import sandgate

UID = 54398  # of nobody else; as root the kernel's bounds for a user would not show
IN_ONE_PYTHON = "import sys\nfor text in sys.argv[1:]: exec(compile(text, 'one', 'exec'), {'__name__': '__main__'})"
IN_ONE_NODE = "for (const text of process.argv.slice(1)) new Function('require', text)(require);"


@pytest.fixture(scope="module")
def facts():
    folder = Path(tempfile.mkdtemp(prefix="sandgate-leaks-"))
    folder.chmod(0o777)
    paths = {name: folder / name for name in ("own", "shared", "shared_too")}
    for path in paths.values():
        path.write_text("text")
        if os.geteuid() == 0:
            os.chown(path, UID, UID)
    os.utime(paths["shared"], (1, 10**9))
    yield {**places.new_facts(**{name: str(path) for name, path in paths.items()}), "folder": str(folder)}
    shutil.rmtree(folder)


def plain(facts: dict, *command: str) -> dict:
    """The last line that an ordinary user's process prints."""
    user = {"user": UID, "group": UID, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          cwd=facts["folder"], env={**os.environ, "HOME": facts["folder"]}, **user)
    return attack.value_of(done.stdout, done.stderr)


def programs(language: str, listed: list, facts: dict) -> list:
    return [places.program(language, listed, verb, facts) for verb in ("plant", "look")]


def start_of(language: str) -> list:
    program = {"python3": sys.executable, "nodejs": shutil.which("node") or shutil.which("nodejs")}[language]
    if not program:
        pytest.skip("no node")
    return [program, {"python3": "-c", "nodejs": "-e"}[language]]


def check(listed: list, planted: dict, looked: dict):
    missed = {place.name: (planted.get(place.name), looked.get(place.name)) for place in listed
              if looked.get(place.name) is not True}
    assert not missed


@pytest.mark.machine  # a container has no keyrings
@pytest.mark.parametrize("language,listed", [("python3", python_places.MACHINE), ("nodejs", node_places.MACHINE)])
def test_the_machine_carries_marks_from_a_process_to_the_next(facts, language, listed):
    plant, look = programs(language, listed, facts)
    planted = plain(facts, *start_of(language), plant)
    check(listed, planted, plain(facts, *start_of(language), look))
    os.utime(facts["shared"], (1, 10**9))


@pytest.mark.parametrize("maps", ["/proc/self/maps", "/none"])  # there is none in every mode
def test_an_interpreter_that_is_used_again_carries_marks(facts, maps):
    listed = python_places.INTERPRETER
    looked = plain(facts, *start_of("python3"), IN_ONE_PYTHON, *programs("python3", listed, {**facts, "maps": maps}))
    check(listed, {}, looked)


def test_a_node_that_is_used_again_carries_marks(facts):
    # Node.js 18 gives the memory of a small buffer to no later one.
    listed = [place for place in node_places.INTERPRETER
              if sandgate.node_is_forked() or place.name != "memory that was freed"]
    check(listed, {}, plain(facts, *start_of("nodejs"), IN_ONE_NODE, *programs("nodejs", listed, facts)))


def test_a_process_that_stays_carries_marks(facts):
    plant = places.python_program(python_places.HOLDER, "plant", facts, python_places.HOLD, python_places.STAY)
    planted = plain(facts, *start_of("python3"), plant)
    pid = attack.wait_named(facts["tag"][-15:])[0]
    try:
        look = places.python_program(python_places.HOLDER, "look", {**facts, "pid": pid})
        check(python_places.HOLDER, planted, plain(facts, *start_of("python3"), look))
    finally:
        os.kill(pid, 9)
        sandgate.wait_for(lambda: not attack.processes_named(facts["tag"][-15:]), what="the end of the holder")
