# SPDX-License-Identifier: Apache-2.0
"""What goes wrong while packages are installed: what was in use serves, the error is told with the installer's own
words and the line of the file, and nothing half-installed stays."""

import json
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
import sandgate
from conftest import BUILD_SECONDS, GOOD, built, environments, refusal_of, update, version_of
from packages import make_sdist, make_wheel


def test_what_does_not_exist(served):
    site, serve = served
    text = refusal_of(site, serve(), GOOD + "# a comment\nnosuchpackage>=3\n")
    assert "No matching distribution found for nosuchpackage>=3" in text
    assert f"{site.folder}/python-requirements.txt, line 3: nosuchpackage>=3" in text


def test_a_file_that_only_root_may_read(served):
    site, serve = served
    server = serve()
    (site.folder / "python-requirements.txt").chmod(0o600)
    text = refusal_of(site, server, GOOD + "# a comment\n")
    assert f"may not read {site.folder}/python-requirements.txt: chmod o+r it" in text and "Permission denied" in text
    (site.folder / "python-requirements.txt").chmod(0o644)
    assert update(server)["code"] == 0


def test_a_line_that_is_none(served):
    site, serve = served
    text = refusal_of(site, serve(), GOOD + "two words\n")
    assert "Invalid requirement: 'two words'" in text and "line 2: two words" in text


def test_a_file_that_another_names_and_that_is_not_there(served):
    site, serve = served
    text = refusal_of(site, serve(), GOOD + "-r nope.txt\n")
    assert f"{site.folder}/nope.txt: No such file" in text
    assert f"({site.folder}/python-requirements.txt, line 2: -r nope.txt)" in text


def test_a_conflict(served):
    site, serve = served
    make_wheel(site.wheels, "needy", "1.0", requires=["good==2.0"])
    make_wheel(site.wheels, "good", "2.0")
    text = refusal_of(site, serve(), GOOD + "needy\n")
    assert "conflicting dependencies" in text and ", line " in text


def test_a_hash_that_does_not_match(served):
    site, serve = served
    text = refusal_of(site, serve(), GOOD.strip() + " --hash=sha256:" + "0" * 64 + "\n")
    assert "DO NOT MATCH THE HASHES" in text and "line 1: good==1.0" in text


def test_a_module_that_cannot_be_imported(served):
    site, serve = served
    make_wheel(site.wheels, "broken", "1.0", {"broken.py": "import nothing_of_that_name\n"})
    text = refusal_of(site, serve(), GOOD + "broken\n")
    assert "broken 1.0 cannot be imported" in text and "line 2: broken" in text
    assert "No module named 'nothing_of_that_name'" in text


@pytest.mark.parametrize("module", ["import nothing_of_that_name\n", "import ctypes\nctypes.string_at(0)\n"],
                         ids=["error", "SIGSEGV"])
def test_a_module_that_cannot_be_imported_but_merely_came_along(served, module):
    site, serve = served
    make_wheel(site.wheels, "broken", "1.0", {"broken.py": module})
    make_wheel(site.wheels, "whole", "1.0", requires=["broken"])
    site.require(GOOD + "whole\n")
    server = serve()
    assert version_of(server, "whole") == "1.0"
    assert server.wait_log("a package that others brought along cannot be imported")["package"] == "broken"


def test_a_module_that_cannot_be_imported_beside_one_that_can(site):
    make_wheel(site.wheels, "whole", "1.0", {"whole.py": "version = '1.0'\n", "adapter.py": "import nothing_of_that_name\n"})
    site.require("whole\n")
    server = site.serve()
    assert version_of(server, "whole") == "1.0"
    line = server.wait_log("modules that cannot be imported, or speak when they are")
    assert line["package"] == "whole" and "adapter: ModuleNotFoundError" in line["output"]


def test_a_module_that_only_its_user_may_import(site):
    make_wheel(site.wheels, "front_binary", "1.0", {
        "front_binary.py": "import sys\nif 'front' not in sys.modules: raise ImportError('import front first')\n"})
    make_wheel(site.wheels, "front", "1.0", {"front.py": "version = '1.0'\nimport front_binary\n"}, requires=["front-binary"])
    site.require("front\nfront-binary\n")
    assert version_of(site.serve(), "front") == "1.0"


ATTACK = """
import subprocess
tried = {{}}
def attempt(name, action):
    try:
        tried[name] = repr(action())
    except BaseException as error:
        tried[name] = "refused: " + type(error).__name__
attempt("conf", lambda: open({conf!r}).read())
attempt("write", lambda: open({outside!r}, "w").write("x"))
attempt("below", lambda: open({below!r}, "w").write("x"))
attempt("child", lambda: subprocess.run(["/bin/cat", {conf!r}], stdout=-1, stderr=-1).stdout.decode())
attempt("kill", lambda: os.kill({pid}, 0))
attempt("root", lambda: os.setuid(0))
attempt("secret", lambda: [v for v in os.environ.values() if "hidden-value" in v][0])
raise SystemExit("tried " + json.dumps(tried))
"""


def tried_in(text: str) -> dict:
    return json.loads(text[text.index("tried {") + len("tried "):].split("}")[0] + "}")


def test_a_package_that_attacks_when_it_is_built(served):
    site, serve = served
    server = serve(env={"SOME_SECRET": "hidden-value", "NPM_CONFIG__AUTH": "hidden-value"})
    outside = server.folder / "written"
    facts = {"conf": str(server.config_file), "outside": str(outside), "pid": server.pid,
             "below": str(server.folder / "state/environments/written")}
    attack = ATTACK.format(**facts)
    # Where nothing holds it, it gets all of that.
    program = "import json, os\n" + attack
    free = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True,
                          env={"SOME_SECRET": "hidden-value", "NPM_CONFIG__AUTH": "hidden-value"}, check=False)
    assert "refused" not in free.stderr and sandgate.API_KEY in free.stderr
    outside.unlink()
    (server.folder / "state/environments/written").unlink()
    make_sdist(site.wheels, "hostile", "1.0", attack)
    tried = tried_in(refusal_of(site, server, GOOD + "hostile\n"))
    assert not outside.exists() and set(tried) == {"conf", "write", "below", "child", "kill", "root", "secret"}
    child = tried.pop("child")
    assert sandgate.API_KEY not in child, child
    assert all(value.startswith("refused: ") for value in tried.values()), tried


def test_a_package_that_leaves_what_it_must_not(served):
    site, serve = served
    server = serve()
    code = """
        environment = os.environ["VIRTUAL"] if "VIRTUAL" in os.environ else os.path.dirname(os.path.dirname(sys.executable))
        while not os.path.exists(os.path.join(environment, "pyvenv.cfg")):
            environment = os.path.dirname(environment)
        os.symlink("/etc/passwd", os.path.join(environment, "lib", "leak"))
    """
    make_sdist(site.wheels, "linker", "1.0", code)
    text = refusal_of(site, server, GOOD + "linker\n")
    assert "lib/leak is a link to /etc/passwd, out of the environment" in text


def test_a_package_whose_build_never_ends(served):
    site, serve = served
    server = serve(config={"dependencies": {"install_timeout": 3}})
    make_sdist(site.wheels, "endless", "1.0", """
        import subprocess
        subprocess.Popen(["/bin/sleep", "97531"])
        while True: pass
    """)
    text = refusal_of(site, server, GOOD + "endless\n")
    assert "longer than dependencies.install_timeout (3 s)" in text and "line 2: endless" in text
    assert subprocess.run(["pgrep", "-f", "sleep 97531"], stdout=subprocess.DEVNULL, check=False).returncode == 1


def test_a_full_disk(served):
    site, serve = served
    server = serve(config={"dependencies": {"install_mb": 20}})
    make_wheel(site.wheels, "large", "1.0", {"large/__init__.py": "", "large/data": os.urandom(4 << 20) * 8})
    text = refusal_of(site, server, GOOD + "large\n")
    assert "dependencies.install_mb (20 MiB)" in text or "No space left" in text or "File too large" in text


def test_a_server_that_dies_while_it_installs(site):
    make_wheel(site.wheels, "good", "1.0")
    make_sdist(site.wheels, "slow", "1.0", "import time; time.sleep(1000)")
    site.require(GOOD + "slow\n")
    first = site.serve(config={"dependencies": {"wait_seconds": 0}})
    sandgate.wait_for(lambda: environments(first), what="a build")
    half = environments(first)
    os.kill(first.pid, signal.SIGKILL)
    first.wait_exit()
    site.require(GOOD)
    second = site.serve(config={"state_dir": str(first.folder / "state")})
    assert version_of(second, "good") == "1.0"
    sandgate.wait_for(lambda: len(environments(first)) == 1, what="the half-installed one to go")
    assert environments(first) != half


def manifests(server) -> list:
    return sorted(path.name for path in (server.folder / "state/environments").glob("*.json"))


@pytest.mark.parametrize("moment", ["whole", "in use"])
def test_a_server_that_dies_while_it_switches(served, moment):
    """Killed when the new environment is whole, or in use, and the folder of the old one is still there, as a run has it."""
    site, serve = served
    first = serve(config={"worker_timeout": 600})
    folder = first.folder / "state/environments"
    holder = threading.Thread(target=first.run_many, args=([("python3", "import good, time; time.sleep(599)")],))
    holder.start()
    sandgate.wait_for(lambda: re.search(r'sandgate_runs_in_progress\{.*\} 1', first.request("GET", "/metrics")[2].decode()),
                      what="the run to begin")
    old = environments(first)
    make_wheel(site.wheels, "good", "2.0")
    site.require("good==2.0\n")
    if moment == "in use":
        assert update(first)["code"] == 0
    else:
        os.kill(first.pid, signal.SIGHUP)
    sandgate.wait_for(lambda: len(manifests(first)) == 2, BUILD_SECONDS, "the manifest of the new one")
    os.kill(first.pid, signal.SIGKILL)
    first.wait_exit()
    holder.join()
    both = environments(first)
    assert len(both) == 2 and set(old) < set(both)
    second = site.serve(config={"state_dir": str(first.folder / "state")})
    assert version_of(second, "good") in ("1.0", "2.0")
    sandgate.wait_for(lambda: version_of(second, "good") == "2.0", what="the new one to serve")
    assert not built(second)  # the whole one is taken as it is
    sandgate.wait_for(lambda: len(list(folder.iterdir())) == 2, what="the old one to go")
    assert set(environments(first)) == set(both) - set(old)
    assert manifests(first) == [name + ".json" for name in environments(first)]


def test_a_server_that_stops_while_it_installs(site):
    make_sdist(site.wheels, "slow", "1.0", "import time; time.sleep(1000)")
    site.require("slow\n")
    server = site.serve(config={"dependencies": {"wait_seconds": 0}})
    sandgate.wait_for(lambda: len(server.children()) > 3 and environments(server), what="a build")
    assert server.stop() == 0
    assert not server.leftovers and not environments(server)


def test_two_updates_at_once_are_one(served):
    site, serve = served
    server = serve()
    make_sdist(site.wheels, "slow", "1.0", "import time; time.sleep(1)")
    site.require(GOOD + "slow\n")
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(update(server))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply["code"] for reply in replies] == [0, 0, 0]
    assert len(built(server)) == 2  # the first, and one for all three
    assert version_of(server, "slow") == "1.0"


def test_a_storm_of_updates_and_hang_ups(served):
    site, serve = served
    server = serve()
    make_wheel(site.wheels, "good", "2.0")
    site.require("good\n")
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(update(server))) for _ in range(20)]
    for thread in threads:
        thread.start()
        for _ in range(10):
            os.kill(server.pid, signal.SIGHUP)
    for thread in threads:
        thread.join()
    assert [reply["code"] for reply in replies] == [0] * 20
    assert version_of(server, "good") == "2.0"
    assert len(built(server)) <= 5  # the first, that of the storm, and few that began at its end
    sandgate.wait_for(lambda: len(environments(server)) == 1, what="the old ones to go")


def test_no_password_of_an_index_is_told(served):
    site, serve = served
    env = {"PIP_EXTRA_INDEX_URL": "http://someone:hidden-word@127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    server = serve(config={"dependencies": {"offline": False}, "python_pip_mirror_url":
                           "http://mirror:hidden-word@127.0.0.1:9/simple"}, env=env)
    text = refusal_of(site, server, GOOD + "nosuchpackage\n")
    assert "127.0.0.1" in text
    data = server.run("python3", "import os; print(dict(os.environ))")["data"]
    shown = [text, data["stdout"], server.output(), *(path.read_text() for path in server.folder.glob("logs/*")),
             *(path.read_text() for path in server.folder.glob("state/environments/*.json"))]
    assert data["outcome"] == "ok" and not any("hidden-word" in one for one in shown)


@pytest.mark.parametrize("printed", ["'http://' + 'a' * 4_000_000", "'a' * 4_000_000", "'\\n' * 4_000_000"])
def test_an_installer_that_writes_a_line_without_end(served, printed):
    site, serve = served
    server = serve()
    make_sdist(site.wheels, "wordy", "1.0", f"print({printed}); raise SystemExit('ended')")
    text = refusal_of(site, server, GOOD + "wordy\n")
    assert "line 2: wordy" in text and len(text) < 10_000


def test_a_line_that_includes_the_server_s_configuration(served):
    site, serve = served
    server = serve()
    (site.folder / "linked.txt").symlink_to(server.config_file)
    for name in (server.config_file, site.folder / "linked.txt"):
        text = refusal_of(site, server, GOOD + f"-r {name}\n")
        assert f"{name} is one of the server's own files" in text
        assert sandgate.API_KEY not in text and sandgate.API_KEY not in server.stdout_file.read_text()


def test_a_package_whose_link_leads_out_by_way_of_another(served):
    site, serve = served
    server = serve()
    make_sdist(site.wheels, "linker", "1.0", """
        lib = os.environ["HOME"].replace("/.work", "/lib")
        os.makedirs(lib + "/d/e")
        os.symlink("../../..", lib + "/d/e/top")
        os.symlink("d/e/top/../../../etc/passwd", lib + "/leak")
    """)
    assert "lib/leak is a link to d/e/top/" in refusal_of(site, server, GOOD + "linker\n")


def test_packages_whose_imports_never_end(served):
    site, serve = served
    server = serve(config={"dependencies": {"install_timeout": 4}, "worker_timeout": 1})
    names = [f"sleeper{number}" for number in range(20)]
    for name in names:
        make_wheel(site.wheels, name, "1.0", {f"{name}.py": "import time\ntime.sleep(1000)\n"})
    make_wheel(site.wheels, "bringer", "1.0", requires=names)
    text = refusal_of(site, server, GOOD + "bringer\n")
    assert "importing what was installed took longer than dependencies.install_timeout (4 s)" in text


def test_a_broken_package_json_is_told_with_its_place(site):
    (site.folder / "package.json").write_text('{"dependencies": {\n  "left": "1.0.0",\n}}\n')
    server = site.serve()
    told = (f"{site.folder}/package.json, line 3, column 1: this is not JSON: "
            "before the bracket is a comma too many, or no value")
    path = "/v1/sandbox/dependencies/update?language=nodejs"
    assert update(server, path) == {"code": -500, "message": told, "data": None}
    data = server.run("nodejs", "require('left')")["data"]
    assert "the packages in dependencies/package.json could not be installed" in data["denied"][0]["why"], data
    assert str(site.folder) not in json.dumps(data) and "not JSON" not in json.dumps(data)  # that is the operator's
