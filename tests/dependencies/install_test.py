# SPDX-License-Identifier: Apache-2.0
"""What the requirements file names, runs import; what changes in it is installed when somebody asks for it."""

import errno
import json
import os
import shutil
import signal

import pytest
import sandgate
from conftest import built, environments, listed, update, version_of
from loopback import HttpServer
from packages import make_tarball, make_wheel


def test_runs_import_what_the_file_names(site):
    make_wheel(site.wheels, "demo", "1.0", requires=["helper>=1"])
    make_wheel(site.wheels, "helper", "1.5")
    (site.folder / "more.txt").write_text("demo == 1.0 ; python_version >= '3'\n")
    site.require("# our packages\n-r more.txt\n")
    server = site.serve()
    assert version_of(server, "demo") == "1.0"
    assert version_of(server, "helper", enable_network=True) == "1.5"
    found = listed(server)
    assert found["demo"] == "1.0" and found["helper"] == "1.5"


def test_runs_cannot_change_what_was_installed(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    server = site.serve()
    code = """
        import demo, os
        for attack in (lambda: open(demo.__file__, "w"), lambda: os.unlink(demo.__file__),
                       lambda: os.chmod(demo.__file__, 0o777), lambda: os.mkdir(os.path.dirname(demo.__file__) + "/x")):
            try:
                attack()
                print("changed")
            except OSError:
                print("refused")
    """
    data = server.run("python3", "\n".join(line[8:] for line in code.splitlines()))["data"]
    # Under the server's own uid, rights of its files are open (SECURITY.md); their content is not.
    mode_of_file = "changed\n" if server.mode == "rootless" else "refused\n"
    assert data["stdout"] == "refused\n" * 2 + mode_of_file + "refused\n", data
    assert version_of(server, "demo") == "1.0"


def test_an_unchanged_file_is_used_at_once(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    first = site.serve()
    assert version_of(first, "demo") == "1.0"
    before = environments(first)
    first.stop()
    second = site.serve(config={"state_dir": str(first.folder / "state"), "dependencies": {"wait_seconds": 0}})
    assert version_of(second, "demo") == "1.0"
    assert environments(first) == before and not built(second)


def test_an_old_one_serves_while_a_changed_file_is_installed(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo==1.0\n")
    first = site.serve()
    assert version_of(first, "demo") == "1.0"
    first.stop()
    site.require("demo==2.0\n")
    make_wheel(site.wheels, "demo", "2.0")
    second = site.serve(config={"state_dir": str(first.folder / "state"), "dependencies": {"wait_seconds": 0}})
    assert version_of(second, "demo") in ("1.0", "2.0")  # and never a failure
    sandgate.wait_for(lambda: version_of(second, "demo") == "2.0", what="the new version")
    sandgate.wait_for(lambda: len(environments(first)) == 1, what="the old one to go")


def test_update_and_refresh_install_what_has_changed(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    server = site.serve()
    assert version_of(server, "demo") == "1.0"
    make_wheel(site.wheels, "demo", "2.0")
    assert update(server) == {"code": 0, "message": "success", "data": {}}
    assert listed(server)["demo"] == "2.0"  # at once
    assert version_of(server, "demo") == "2.0"
    make_wheel(site.wheels, "demo", "3.0")
    reply = update(server, "/v1/sandbox/dependencies/refresh?language=python3", "GET")
    assert {"name": "demo", "version": "3.0"} in reply["data"]["dependencies"]
    assert version_of(server, "demo") == "3.0"
    sandgate.wait_for(lambda: len(environments(server)) == 1, what="the old ones to go")


def test_a_hang_up_installs_anew(site):
    site.require("\n")
    server = site.serve()
    assert server.run("python3", "import demo")["data"]["outcome"] == "failed"
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    os.kill(server.pid, signal.SIGHUP)
    server.wait_log("packages in use")
    assert version_of(server, "demo") == "1.0"
    site.require("")
    update(server)
    assert server.run("python3", "import demo")["data"]["outcome"] == "failed"


def test_a_switch_fails_no_run(site):
    make_wheel(site.wheels, "demo", "1.0")
    site.require("demo\n")
    server = site.serve(config={"max_workers": 2})
    assert version_of(server, "demo") == "1.0"
    make_wheel(site.wheels, "demo", "2.0")
    os.kill(server.pid, signal.SIGHUP)
    seen = []
    while "2.0" not in seen:
        replies = server.run_many([("python3", "import demo, time; time.sleep(0.05); print(demo.version)")] * 4)
        assert all(reply.get("data", {}).get("outcome") == "ok" for reply in replies), replies
        seen += [reply["data"]["stdout"].strip() for reply in replies]
    assert set(seen) <= {"1.0", "2.0"}


@pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm")
def test_packages_of_node(site):
    make_tarball(site.folder, "left", "1.0.0", {"index.js": "exports.name = 'left ' + require('right').name"})
    make_tarball(site.folder, "right", "2.0.0", {"package.json": {"exports": {"import": "./i.mjs", "require": "./i.cjs"}},
                                                 "i.mjs": "export const name = 'esm'", "i.cjs": "exports.name = 'cjs'"})
    site.require_node(left="file:left-1.0.0.tgz", right="file:right-2.0.0.tgz")
    server = site.serve()
    code = "import('right').then((right) => console.log(require('left').name, right.name))"
    for network in (False, True):
        data = server.run("nodejs", code, enable_network=network)["data"]
        assert data["stdout"] == "left cjs esm\n", data
    _, _, body = server.request("GET", "/v1/sandbox/dependencies?language=nodejs")
    assert json.loads(body)["data"]["dependencies"] == [{"name": "left", "version": "1.0.0"},
                                                        {"name": "right", "version": "2.0.0"}]


@pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm")
def test_a_package_of_node_that_can_only_be_required(site):
    make_tarball(site.folder, "old", "1.0.0", {"package.json": {"exports": {"require": "./old.cjs"}},
                                               "old.cjs": "exports.name = 'old'"})
    site.require_node(old="file:old-1.0.0.tgz")
    data = site.serve().run("nodejs", "console.log(require('old').name)")["data"]
    assert data["stdout"] == "old\n", data


@pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm")
def test_a_package_of_node_in_many_files(site):
    # An import has all files of one depth open at a time: mathjs 15 has 700.
    count = 800
    files = {f"part{number}.js": f"export default {number}" for number in range(count)}
    lines = [f"import part{number} from './part{number}.js'" for number in range(count)]
    files["index.js"] = "\n".join([*lines, f"export const last = part{count - 1}"])
    make_tarball(site.folder, "many", "1.0.0", {"package.json": {"type": "module", "exports": "./index.js"}, **files})
    site.require_node(many="file:many-1.0.0.tgz")
    data = site.serve().run("nodejs", "import('many').then((many) => console.log(many.last))")["data"]
    assert data["stdout"] == f"{count - 1}\n", data


def test_a_package_that_asks_the_c_library_about_a_null_path(site):
    # As extensions in Rust do at their first file that is not there, to learn whether the kernel has statx(2).
    module = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def problem_of(name, *arguments):
    result = getattr(libc, name)(*arguments)
    return result, ctypes.get_errno()
version = [problem_of("statx", 0, None, 0, 0xfff, None), problem_of("stat", None, ctypes.create_string_buffer(500)),
           problem_of("open", None, 0), problem_of("readlink", None, ctypes.create_string_buffer(9), 9)]
"""
    make_wheel(site.wheels, "native", "1.0", {"native.py": module})
    site.require("native\n")
    assert version_of(site.serve(), "native") == str([(-1, errno.EFAULT)] * 4)


@pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm")
def test_an_address_in_package_json_is_not_shown_to_runs(site):
    tarball = make_tarball(site.folder, "far", "1.0.0", {"index.js": "exports.name = 'far'"})
    with HttpServer(answers={"/far.tgz": tarball.read_bytes()}) as host:
        site.require_node(far=f"http://user:hidden-word@127.0.0.1:{host.port}/far.tgz")
        server = site.serve(config={"dependencies": {"offline": False}})
        code = """
            const path = require('path');
            const modules = path.resolve(require.resolve('far'), '../..');
            const folder = path.dirname(require('fs').realpathSync(modules));
            const names = ['package.json', 'package-lock.json', 'node_modules/.package-lock.json'];
            const texts = names.map((name) => path.join(folder, name)).filter(require('fs').existsSync)
              .map((file) => require('fs').readFileSync(file, 'utf8'));
            console.log(require('far').name, texts.length > 0, texts.some((text) => text.includes('hidden-word')));
        """
        data = server.run("nodejs", code)["data"]
    assert data["stdout"] == "far true false\n", data


def test_folders_beside_the_files_are_data_for_runs_and_the_files_are_not(site):
    site.require("\n")
    (site.folder / "pip.conf").write_text("[global]\nindex-url = http://user:secret@127.0.0.1:9/\n")
    (site.folder / "words").mkdir()
    (site.folder / "words/list.txt").write_text("a list\n")
    server = site.serve()
    show = "print(open({!r}).read())"
    data = server.run("python3", show.format(f"{site.folder}/words/list.txt"))["data"]
    assert data["stdout"] == "a list\n\n", data
    for name in ("pip.conf", "python-requirements.txt"):
        data = server.run("python3", show.format(f"{site.folder}/{name}"))["data"]
        assert "Error: [Errno" in data["stderr"], data
