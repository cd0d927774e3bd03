# SPDX-License-Identifier: Apache-2.0
"""Claim: whatever a run plants in the places of this suite, no later run finds it: in the same slot, with the same
uid, made by the same spawner. Where a mode cannot defend a place, it is named here and in SECURITY.md (expected.py).

places_test.py shows that each place carries marks without a jail.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import attack
import expected
import node_places
import places
import pytest
import python_places
import sandgate

TABLES = {"python3": python_places.ALL, "nodejs": node_places.ALL}
# By parked_children, with one worker: one, and for each of four kinds of runs parked ones and one, twice, as another
# environment may take the place of one.
SLOTS = {0: 9, 1: 17}
# What a run is not let do to itself.
NEVER_PLANTED = {"score for the end when memory is short"}


@pytest.fixture(scope="session")
def shared_files():
    """Two files that all runs may read, in a folder for servers of every mode."""
    if os.geteuid() != 0:
        pytest.skip("makes a folder in /opt")
    folder = Path(tempfile.mkdtemp(prefix="sandgate-test-", dir="/opt"))
    folder.chmod(0o755)
    for name in ("shared", "shared_too"):
        (folder / name).write_text("text")
    yield folder
    shutil.rmtree(folder)


def start(mode: str, folder: Path, **more):
    """A server whose runs come one after the other."""
    config = {"max_workers": 1, "recycle_runs": 0, "recycle_minutes": 0, "read_only_paths": [str(folder)],
              "worker_timeout": 30, **more}
    return sandgate.Server(mode=mode, config=config)


@pytest.fixture(scope="module")
def one_worker(shared_files):
    """one_worker(mode, parked): that server, started when first asked for."""
    servers = {}

    def get(mode: str, parked: int):
        if (mode, parked) not in servers:
            servers[mode, parked] = start(mode, shared_files, parked_children=parked).start()
        return servers[mode, parked]

    yield get
    for server in servers.values():
        server.close()
    assert not any(server.leftovers for server in servers.values())


def warm(server, language: str, network: bool):
    """The first run of its kind starts the spawner."""
    assert server.run(language, "0", enable_network=network)["code"] == 0
    forked = language == "python3" or sandgate.node_is_forked()
    if forked and not sandgate.everything_starts_cold():
        server.wait_warm([f"{language} with{'' if network else 'out'} network"])


def new_facts(server, folder: Path) -> dict:
    os.utime(folder / "shared", (1, 10**9))
    os.chmod(server.config_file, 0o644)
    return places.new_facts(own=str(server.config_file), shared=str(folder / "shared"),
                            shared_too=str(folder / "shared_too"))


def told(server, language: str, code: str, **more) -> dict:
    """What the program tells, and the uid it had."""
    tell_uid = {"python3": "\ntell(os.getuid())", "nodejs": "\nconsole.log(process.getuid());"}[language]
    reply = server.run(language, code + tell_uid, **more)
    lines = reply["data"]["stdout"].splitlines()
    assert len(lines) == 2, json.dumps(reply)
    return {**json.loads(lines[0]), "uid": int(lines[1])}


def look_in_all_slots(slots: int, uid: int, looks) -> set:
    """The names of what any of the next runs finds; one of them has that uid."""
    found, uids = set(), []
    while len(uids) < slots or (uid not in uids and len(uids) < 4 * slots):
        results = looks()
        uids.append(results.pop("uid"))
        found |= places.found_in(results)
    assert uid in uids, "no run had the slot of the planter"
    return found


def check(mode: str, found: set, listed: set, network: bool):
    """Found is what expected.py says of these places."""
    not_defended = expected.not_defended(mode, network) & listed
    assert found - not_defended == set(), f"found in mode {mode}"
    assert not_defended - found == set(), f"defended after all in mode {mode}, unlike SECURITY.md says"


@pytest.mark.parametrize("mode", expected.MODES)
def test_the_next_run_finds_no_file(one_worker, mode):
    code = "import os\nprint(os.listdir('.'))\nopen('left', 'w').write('x')\nos.mkdir('folder')"
    assert [one_worker(mode, 0).run("python3", code)["data"]["stdout"] for _ in range(3)] == ["[]\n"] * 3


@pytest.mark.parametrize("chain", [  # planter, looker, network, parked children
    ("python3", "python3", False, 0), ("nodejs", "nodejs", False, 0), ("python3", "nodejs", False, 0),
    ("python3", "python3", True, 0), ("nodejs", "nodejs", True, 0),
    ("python3", "python3", False, 1), ("nodejs", "nodejs", False, 1)], ids=str)
@pytest.mark.parametrize("mode", expected.MODES)
def test_a_later_run_finds_nothing(one_worker, shared_files, mode, chain):
    planter, looker, network, parked = chain
    server = one_worker(mode, parked)
    both = {place.name for place in TABLES[planter]} & {place.name for place in TABLES[looker]}
    tables = {language: [place for place in table if place.name in both] for language, table in TABLES.items()}
    for language in (planter, looker):
        warm(server, language, network)
    facts, spawners = new_facts(server, shared_files), set(server.spawners())
    planted = told(server, planter, places.program(planter, tables[planter], "plant", facts), enable_network=network)
    state = {place.name for place in tables[planter] if place.way == "interpreter"} - NEVER_PLANTED
    assert {name for name in state if planted[name] != "done"} == set(), "a run could not plant at all"
    look = places.program(looker, tables[looker], "look", facts)
    found = look_in_all_slots(SLOTS[parked], planted["uid"],
                              lambda: told(server, looker, look, enable_network=network))
    check(mode, found, both, network)
    assert spawners <= set(server.spawners()), "not the same spawner"


# Rootless needs user namespaces for it: elsewhere it refuses to start, and no run starts processes.
@pytest.mark.parametrize("mode", ["full", "container", "rootless-userns"])
def test_what_a_process_that_stays_would_hold_is_gone(shared_files, mode):
    listed = python_places.HOLDER
    with start(mode, shared_files, parked_children=0, allow_processes=True) as server:
        facts = new_facts(server, shared_files)
        plant = places.python_program(listed, "plant", facts, python_places.HOLD, python_places.STAY)
        reply = server.run("python3", plant, enable_network=True)
        planted = attack.value_of(reply["data"]["stdout"], reply)
        staying = attack.processes_named(facts["tag"][-15:])
        assert {planted[place.name] for place in listed} == {"done"}, planted
        look = places.python_program(listed, "look", {**facts, "pid": staying[0] if staying else 0})
        found = set()
        for _ in range(SLOTS[0]):
            found |= places.found_in(told(server, "python3", look, enable_network=True))
        assert not attack.processes_named(facts["tag"][-15:])
    assert found == set(), f"found in mode {mode}"


@pytest.mark.machine  # another mode
def test_no_process_is_started_where_it_could_stay(shared_files):
    with start("rootless", shared_files) as server:
        facts = new_facts(server, shared_files)
        reply = server.run("python3", places.python_program([], "plant", facts, python_places.HOLD))
        assert "PermissionError" in reply["data"]["stderr"] and reply["data"]["denied"], reply
    with pytest.raises(RuntimeError, match="processes would outlive their run"):
        start("rootless", shared_files, allow_processes=True).start()


def test_what_is_not_defended_is_listed_in_security_md():
    assert expected.SECURITY.read_text() == expected.written(), "run python3 tests/leaks/expected.py"
    known = {place.name for table in (*TABLES.values(), python_places.HOLDER) for place in table}
    assert set(expected.NOT_DEFENDED) <= known
