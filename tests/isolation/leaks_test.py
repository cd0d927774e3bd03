# SPDX-License-Identifier: Apache-2.0
"""Claim: a server is after many runs what it was before, and nothing of a run survives the server.

Origin: predecessors leaked descriptors, zombies and folders until they had to be restarted.
"""

import concurrent.futures
import os
import signal
from pathlib import Path

import attack
import pytest
import sandgate


def leave_early(server):
    name = attack.unique("leave")
    with attack.open_run(server, "time.sleep(600)", name=name):
        pass


def one_of_many(server, number: int):
    kind = number % 10
    if kind == 0:
        leave_early(server)
    elif kind == 1:
        assert server.run("python3", "raise SystemExit(1)")["data"]["outcome"] == "failed"
    elif kind == 2:
        assert server.run("nodejs", "throw 1")["data"]["outcome"] == "failed"
    elif kind == 3:
        assert server.run("python3", "import os; os.abort()")["data"]["outcome"] == "signal"
    elif number % 100 == 4:
        assert server.run("python3", "while True: pass")["data"]["outcome"] == "timeout"
    elif kind == 5:
        code = "import os\nfor i in range(50): os.makedirs(f'{i}/a/b'); open(f'{i}/f', 'w').write('x')"
        assert server.run("python3", code)["data"]["outcome"] == "ok"
    elif kind == 6:
        assert server.run("nodejs", "console.log(1)")["data"]["stdout"] == "1\n"
    else:
        assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"


def test_two_hundred_mixed_runs_leak_nothing(make_server):
    server = make_server(config={"worker_timeout": 2, "max_workers": 4})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: one_of_many(server, number), range(20)))
    for language in ("python3", "nodejs"):  # alone, so that children are parked for each
        for network in (False, True):
            assert server.run(language, "0", enable_network=network)["code"] == 0
    before = server.counters_at_rest()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: one_of_many(server, number), range(200)))
    after = server.wait_settled(before)
    assert all(after[name] <= before[name] for name in before), (before, after, server.fds())


def test_a_scratch_directory_made_hard_to_remove_is_removed(make_server):
    server = make_server()
    server.run("python3", "pass")
    before = server.counters_at_rest()
    code = """
import os
os.mkdir("closed"); open("closed/file", "w").write("x"); os.chmod("closed/file", 0); os.chmod("closed", 0)
for _ in range(300):
    os.mkdir("d"); os.chdir("d")
"""
    assert server.run("python3", code)["data"]["outcome"] == "ok"
    after = server.wait_settled(before)
    assert after["scratch_files"] <= before["scratch_files"]


def test_an_answer_does_not_wait_for_the_files_of_its_run_to_be_removed(make_server, layers):
    server = make_server(config={"worker_timeout": 60})
    code = "for n in range(40000): open(f'file-{n}', 'w').close()\nprint('made')"
    assert server.run("python3", code)["data"]["stdout"] == "made\n"
    if "mount_ns" not in layers:  # else they lie in memory, and the kernel removes them
        assert server.healthy() and len(server.scratch_files()) > 1000
    sandgate.wait_for(lambda: len(server.scratch_files()) < 1000, 60, "the files to be removed")


def test_a_worker_does_not_wait_for_the_files_of_its_run_to_be_removed(make_server, layers):
    if "mount_ns" in layers:
        pytest.skip("files of runs lie in memory here")
    server = make_server(config={"worker_timeout": 60, "max_workers": 1})
    server.run("python3", "pass")
    code = "import os\nfor n in range(5000): os.mkdir(f'{n}'); os.mkdir(f'{n}/inner')\nprint('made')"
    assert server.run("python3", code)["data"]["stdout"] == "made\n"
    assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
    assert len(server.scratch_files()) > 1000
    sandgate.wait_for(lambda: len(server.scratch_files()) < 1000, 120, "the folders to be removed")


def test_a_run_has_a_directory_that_it_can_use_whatever_others_did_to_it(make_server, layers):
    if "mount_ns" in layers:
        pytest.skip("files of runs lie in memory here")
    server = make_server()
    server.run("python3", "pass")
    server.counters_at_rest()  # children wait, with a directory each, where they are made ahead
    waiting = [path for path in server.scratch_files() if Path(path).parent.name == "scratch"]
    assert waiting or sandgate.everything_starts_cold()
    for path in waiting:
        os.chmod(path, 0)
    for _ in waiting:
        data = server.run("python3", "open('file', 'w').close(); print(1)")["data"]
        assert (data["outcome"], data["stdout"]) == ("ok", "1\n"), data


def server_after_many_files(make_server, layers):
    """One whose only run has left more files than are removed at once."""
    if "mount_ns" in layers:
        pytest.skip("files of runs lie in memory here")
    server = make_server(config={"worker_timeout": 60})
    code = "for n in range(8000): open(f'file-{n}', 'w').close()\nprint('made')"
    assert server.run("python3", code)["data"]["stdout"] == "made\n"
    return server


def test_a_stop_removes_what_runs_have_left_and_is_still_to_be_removed(make_server, layers):
    server = server_after_many_files(make_server, layers)
    assert len(server.scratch_files()) > 1000
    assert server.stop() == 0
    assert not server.scratch_files()


def test_a_start_after_a_kill_removes_what_was_still_to_be_removed(make_server, layers):
    server = server_after_many_files(make_server, layers)
    server.process.send_signal(signal.SIGKILL)
    server.wait_exit()
    assert len(server.scratch_files()) > 1000
    server.stdout_file.write_text("")
    server.start()
    assert not [path for path in server.scratch_files() if "/file-" in path]


def test_the_folder_of_a_link_in_the_scratch_directory_is_not_removed(make_server):
    server = make_server()
    kept = server.folder / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    server.run("python3", f"import os; os.symlink({str(kept)!r}, 'link'); os.symlink('/usr', 'usr')")
    server.wait_settled(server.counters(), 1)
    assert (kept / "file").exists() and os.path.exists("/usr/bin/env")


def test_a_stopped_server_leaves_no_file(make_server):
    server = make_server()
    for _ in range(3):
        server.run("python3", "open('file', 'w').write('x')")
    assert server.stop() == 0
    assert not [path for path in server.scratch_files() if "/scratch/" in path]
