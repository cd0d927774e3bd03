# SPDX-License-Identifier: Apache-2.0
"""Claim: a program that asks for far too much ends in the limit that is meant for it, and the reply names that limit.

Origin: 1 GiB of output, 10 GiB of memory, 50,000 files, 10,000 threads and a 52 GB sparse file, each of which stopped
the service of a predecessor. Each program is first shown to do what it says outside of the jail, in a small way.
"""

import subprocess
import sys

import attack
import pytest
import sandgate

CONFIG = {"worker_timeout": 60, "limits": {"scratch_files": 5000}}

OUTPUT = """
block = "x" * (1 << 20)
for _ in range(amount):
    sys.stdout.write(block)
"""
MEMORY = "keep = bytearray(amount << 20); keep[-1] = 1; print(len(keep) >> 20)"
FILES = """
os.chdir(folder)
for number in range(amount):
    open(f"f{number}", "w").close()
print(len(os.listdir(".")))
time.sleep(wait)
"""
THREADS = """
import threading
stop, made = threading.Event(), 0
try:
    while made < amount:
        threading.Thread(target=stop.wait, daemon=True).start()
        made += 1
finally:
    stop.set()
print(made)
"""
SPARSE = """
os.chdir(folder)
with open("sparse", "wb") as file:
    file.truncate(amount << 20)
print(os.path.getsize("sparse") >> 20)
"""

# name: (program, amount outside, amount inside, limit, its value, outcomes)
MONSTERS = {
    "output": (OUTPUT, 3, 1024, "limits.stdout_bytes", 8 << 20, {"output_limit"}),
    "memory": (MEMORY, 50, 10 << 10, "limits.memory_mb", 1024, {"out_of_memory"}),
    "files": (FILES, 300, 50000, "limits.scratch_files", 5000, {"failed", "disk_limit"}),
    "threads": (THREADS, 50, 10000, "", 0, {"failed", "out_of_memory"}),
    "sparse file": (SPARSE, 52 << 10, 52 << 10, "limits.file_mb", 64, {"failed", "signal"}),
}


@pytest.fixture(scope="session")
def small(mode):
    with sandgate.Server(mode=mode, config=CONFIG) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_ends_in_its_limit(small, tmp_path, name, needs):
    program, outside, inside, limit, value, outcomes = MONSTERS[name]
    if name == "threads":
        needs("unique_uid")
    text = attack.text_of(program, amount=outside, folder=str(tmp_path), wait=0)
    shown = subprocess.run([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert shown.stdout.strip() == str(outside) or len(shown.stdout) == outside << 20

    data = attack.data_of(small, program, amount=inside, folder=".", wait=50)
    assert data["outcome"] in outcomes and data["exit_code"] != 0, data
    found = data["limit"]
    if limit:
        assert (found["name"], found["value"], found["setting"], found["set_in"]) == (
            limit, value, limit, "conf/config.yaml"), data
    else:
        # A thread takes a place among the processes, and memory for its stack: the lower of both limits ends it.
        assert found["name"] in ("limits.processes", "limits.memory_mb"), data
    assert str(found["value"]) in data["error"] and found["setting"].split(".")[1] in data["error"], data
    assert data["usage"]["wall_ms"] < CONFIG["worker_timeout"] * 1000
