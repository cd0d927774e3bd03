# SPDX-License-Identifier: Apache-2.0
"""Packages of Node.js: a run imports those of `nodejs_packages` with require and with import, however it is started.

The packages are made here, one of each kind that npm installs.
"""

import json
import os
import shutil
import subprocess
import tempfile
import textwrap
from pathlib import Path

import pytest
import sandgate
from programs import data_of, stdout_of, table

PACKAGES = {
    "plain": {"package.json": {"version": "1.2.3", "main": "lib/main"},
              "lib/main.js": "exports.name = 'plain'; exports.file = __filename; exports.part = require('part')"},
    "part": {"package.json": {"version": "0.1.0"}, "index.js": "module.exports = 'part'"},
    "modern": {"package.json": {"type": "module", "exports": "./modern.js"},
               "modern.js": "import part from 'part'; export const name = 'modern with ' + part; export default 1"},
    "dual": {"package.json": {"exports": {".": {"import": "./dual.mjs", "require": "./dual.cjs"}, "./sub": "./sub.cjs"}},
             "dual.mjs": "export const kind = 'esm'", "dual.cjs": "exports.kind = 'cjs'", "sub.cjs": "module.exports = 'sub'"},
    "@scope/name": {"package.json": {}, "index.js": "module.exports = 'scoped'"},
}
WORKSPACE = {"package.json": {"name": "local"}, "index.js": "module.exports = 'local, ' + require('part')"}


def write_package(folder, files: dict):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content) if isinstance(content, dict) else content)


@pytest.fixture(scope="module")
def packages():
    """A folder as npm leaves one behind: with a link to a package that lies beside node_modules."""
    folder = Path(tempfile.mkdtemp(prefix="sandgate-test-", dir="/var/tmp"))  # /tmp is each run's own
    folder.chmod(0o755)
    for name, files in PACKAGES.items():
        write_package(folder / "node_modules" / name, files)
    write_package(folder / "local", WORKSPACE)
    (folder / "node_modules/local").symlink_to("../local")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=["auto", "exec"])
def node_server(mode, request, packages):
    """A server whose Node.js runs have the packages, started the fast way (fork server, started ahead) and cold."""
    env = {"SANDGATE_NODE_SPAWNER": request.param, "SANDGATE_WARM_UP": "at_start", "SANDGATE_PYTHON_SPAWNER": "exec"}
    config = {"nodejs_path": os.path.realpath(shutil.which("node")), "nodejs_packages": str(packages)}
    with sandgate.Server(config=config, env=env, mode=mode) as server:
        if request.param == "auto" and sandgate.node_is_forked() and "no-landlock" not in mode:  # no fork server there
            server.wait_warm(["nodejs without network"])
        yield server


@table({
    "require": ("const p = require('plain'); console.log(p.name, p.part)", "plain part\n"),
    "require of a part of a package": ("console.log(require('plain/lib/main.js').name, require('dual/sub'))", "plain sub\n"),
    "import of an ES module": ("import one, { name } from 'modern'\nconsole.log(one, name)", "1 modern with part\n"),
    "import of a CommonJS package": ("import plain from 'plain'\nconsole.log(plain.name)", "plain\n"),
    "await import": ("import('modern').then(({ name }) => console.log(name))", "modern with part\n"),
    "await import at the top": ("const { name } = await import('modern')\nconsole.log(name)", "modern with part\n"),
    "require and import of one that has both": (
        "console.log(require('dual').kind); import('dual').then((m) => console.log(m.kind))", "cjs\nesm\n"),
    "a scope": ("console.log(require('@scope/name'))", "scoped\n"),
    "a package that is a link": ("console.log(require('local'))", "local, part\n"),
    "in a worker": (
        "const { Worker } = require('worker_threads')\n"
        "new Worker(\"console.log(require('plain').name); import('modern').then((m) => console.log(m.name))\", { eval: true })",
        "plain\nmodern with part\n"),
    "from a module of the run's own": (
        "require('fs').mkdirSync('lib'); require('fs').writeFileSync('lib/own.js', \"module.exports = require('plain').name\")\n"
        "console.log(require('./lib/own'))", "plain\n"),
    "createRequire": (
        "import { createRequire } from 'module'\nconsole.log(createRequire(import.meta.url)('plain').name)", "plain\n"),
})
def test_a_package_is_imported_by(node_server, code, expected):
    assert stdout_of(node_server, "nodejs", code) == expected


def test_a_package_of_the_runs_own_comes_first(node_server):
    code = "const fs = require('fs'); fs.mkdirSync('node_modules/plain', { recursive: true })\n" \
           "fs.writeFileSync('node_modules/plain/index.js', \"exports.name = 'own'\"); console.log(require('plain').name)"
    assert stdout_of(node_server, "nodejs", code) == "own\n"
    assert stdout_of(node_server, "nodejs", "console.log(require('plain').name)") == "plain\n"  # of the next run: as ever


@pytest.mark.parametrize("code", ["require('absent')", "import 'absent'", "import('absent')"])
def test_a_package_that_is_not_there_is_named(node_server, code):
    data = data_of(node_server, "nodejs", code)
    assert data["exit_code"] == 1
    assert [(entry["layer"], entry["object"]) for entry in data["denied"]] == [("module", "absent")]


def test_a_script_sees_nothing_of_it_where_it_works(node_server):
    assert stdout_of(node_server, "nodejs", "console.log(require('fs').readdirSync('.'), process.env.NODE_PATH)") == "[] undefined\n"


# From where node found it: the real path of the file, and the link that led there.
CHANGE = """
    const fs = require('fs'), path = require('path'), { file } = require('plain')
    const link = module.paths.find((folder) => fs.existsSync(folder))
    const tell = (name, action) => { try { action(); console.log('changed', name) } catch (error) { console.log(error.code) } }
    tell('file', () => fs.writeFileSync(file, 'changed'))
    tell('new file', () => fs.writeFileSync(path.join(path.dirname(file), 'new.js'), ''))
    tell('new package', () => fs.mkdirSync(path.join(link, 'new')))
    tell('package', () => fs.rmSync(path.dirname(file), { recursive: true }))
    tell('link', () => fs.renameSync(link, link + '-old'))
    """


def test_a_run_cannot_change_them(node_server, packages):
    told = data_of(node_server, "nodejs", CHANGE)["stdout"].split()
    assert len(told) == 5 and set(told) <= {"EROFS", "EACCES", "EPERM", "EXDEV", "EBUSY"}, told
    assert (packages / "node_modules/plain/lib/main.js").read_text() == PACKAGES["plain"]["lib/main.js"]
    assert not (packages / "node_modules/new").exists()
    assert stdout_of(node_server, "nodejs", "console.log(require('plain').name)") == "plain\n"


def test_without_a_jail_they_can_be_changed(packages, tmp_path):
    subprocess.run(["cp", "-r", "--", str(packages / "node_modules"), str(tmp_path)], check=True)
    (tmp_path / "main.js").write_text(textwrap.dedent(CHANGE))
    told = subprocess.run(["node", "main.js"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    assert told.count("changed") == 5, told


def test_the_list_of_packages_has_them(node_server):
    reply = json.loads(node_server.request("GET", "/v1/sandbox/dependencies?language=nodejs")[2])
    found = {one["name"]: one["version"] for one in reply["data"]["dependencies"]}
    assert {"plain": "1.2.3", "part": "0.1.0"}.items() <= found.items() and "@scope/name" in found


@pytest.mark.modes("full")  # what is asked at the start is the same everywhere
def test_without_the_folder_the_server_does_not_start(mode, tmp_path):
    server = sandgate.Server(config={"nodejs_packages": str(tmp_path)}, mode=mode)
    try:
        server.spawn()
        assert server.wait_exit() != 0
        assert f"nodejs_packages: there is no folder {tmp_path}/node_modules" in server.output()
    finally:
        server.close()
