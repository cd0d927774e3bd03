# SPDX-License-Identifier: Apache-2.0
"""Claim: scripts that npm runs (of a package, of package.json itself) have the jail of installers: they read no secret of
the server, write into the environment only and end with the installation. What they leave reaches runs only."""

import base64
import json
import shutil
import subprocess

import pytest
import sandgate
from conftest import BUILD_SECONDS, environments, update
from packages import make_tarball

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm")

ATTACK = """
const fs = require('fs');
const { spawn, execFileSync } = require('child_process');
const facts = %s;
const tried = { stage: process.env.npm_lifecycle_event };
const attempt = (name, action) => {
  try { tried[name] = String(action()); } catch (error) { tried[name] = 'refused: ' + error.code; }
};
attempt('conf', () => fs.readFileSync(facts.conf, 'utf8'));
attempt('write', () => fs.writeFileSync(facts.outside, 'x'));
attempt('others', () => fs.writeFileSync(facts.environments + '/written', 'x'));
attempt('kill', () => process.kill(facts.pid, 0));
attempt('child', () => execFileSync('/bin/cat', [facts.conf], { stdio: 'pipe' }));
attempt('root', () => process.setuid(0));
tried.secret = Object.values(process.env).some((value) => value.includes('hidden-value')) ? 'had' : 'refused: not there';
fs.appendFileSync(process.argv[2] + '/tried', JSON.stringify(tried) + '\\n');
const daemon = "const f = process.argv[1]; setInterval(() => require('fs').writeFileSync(f, String(Date.now())), 5)";
spawn(process.execPath, ['-e', daemon, process.argv[2] + '/beat'], { detached: true, stdio: 'ignore' }).unref();
"""
STAGES = ("preinstall", "install", "postinstall", "prepare")


def facts_of(server) -> dict:
    return {"conf": str(server.config_file), "outside": str(server.folder / "written"), "pid": server.pid,
            "environments": str(server.folder / "state/environments")}


def tree_of(server):
    [name] = [one for one in environments(server) if one.startswith("nodejs")]
    return server.folder / "state/environments" / name


def require(site, **more):
    (site.folder / "package.json").write_text(json.dumps(more))


def test_scripts_attack_in_vain(site):
    server = site.serve(env={"SOME_SECRET": "hidden-value", "PIP_EXTRA_INDEX_URL": "http://u:hidden-value@127.0.0.1:9/"})
    attack = ATTACK % json.dumps(facts_of(server))
    # Where nothing holds it, it gets all of that.
    free = subprocess.run(["node", "-e", attack.split("const daemon")[0], "--", "-", str(site.folder)], check=True,
                          env={"SOME_SECRET": "hidden-value", "PATH": "/usr/bin"}, stdout=subprocess.PIPE)
    assert not free.stdout
    control = (site.folder / "tried").read_text()
    assert sandgate.API_KEY in control and "refused" not in control, control
    (site.folder / "tried").unlink()
    (server.folder / "written").unlink()
    (server.folder / "state/environments/written").unlink()
    # A file that a package.json has beside it does not come along: the code is in the script.
    command = "node -e \"eval(Buffer.from(process.argv[1],'base64').toString())\""
    encoded = base64.b64encode(attack.encode()).decode()
    own = f"{command} {encoded} \"$PWD\""
    make_tarball(site.folder, "hostile", "1.0.0", {
        "package.json": {"scripts": {stage: f'node attack.js "$PWD/../.."' for stage in STAGES[:3]}},
        "attack.js": attack, "index.js": "exports.name = 'hostile'"})
    require(site, dependencies={"hostile": "file:hostile-1.0.0.tgz"}, scripts={stage: own for stage in STAGES})
    reply = update(server, "/v1/sandbox/dependencies/update?language=nodejs")
    assert reply["code"] == 0, reply
    tree = tree_of(server)
    lines = [json.loads(line) for path in tree.rglob("tried") for line in path.read_text().splitlines()]
    assert {tried["stage"] for tried in lines} == set(STAGES)
    beats = {path: path.stat().st_mtime_ns for path in tree.rglob("beat")}
    for tried in lines:
        del tried["stage"]
        child = tried.pop("child")
        assert sandgate.API_KEY not in child, child
        assert all(value.startswith("refused: ") for value in tried.values()), tried
    assert beats and not (server.folder / "written").exists() and not (server.folder / "state/environments/written").exists()
    data = server.run("nodejs", "console.log(require('hostile').name)")["data"]
    assert data["stdout"] == "hostile\n", data
    assert {path: path.stat().st_mtime_ns for path in beats} == beats
    assert all(path.stat().st_uid == tree.stat().st_uid for path in tree.rglob("*"))


def test_a_script_that_never_ends(site):
    server = site.serve(config={"dependencies": {"install_timeout": 8}})
    make_tarball(site.folder, "endless", "1.0.0", {
        "package.json": {"scripts": {"postinstall": "sleep 86421 & node -e 'for (;;);'"}}, "index.js": ""})
    site.require_node(endless="file:endless-1.0.0.tgz")
    reply = update(server, "/v1/sandbox/dependencies/update?language=nodejs")
    assert reply["code"] == -500 and "dependencies.install_timeout (8 s)" in reply["message"], reply
    assert subprocess.run(["pgrep", "-f", "sleep 86421"], stdout=subprocess.DEVNULL, check=False).returncode == 1
    sandgate.wait_for(lambda: not environments(server), what="the folder of the failed build to go")


def test_packages_named_like_nodes_own(site):
    names = ("fs", "http", "module", "sandgate")
    for name in names:
        make_tarball(site.folder, name, "1.0.0", {"index.js": "globalThis.shadow = true; exports.shadow = true"})
    site.require_node(**{name: f"file:{name}-1.0.0.tgz" for name in names})
    server = site.serve()
    code = "console.log(typeof require('fs').openSync, globalThis.shadow, typeof require('module').builtinModules)"
    for _ in range(2):
        data = server.run("nodejs", code)["data"]
        assert data["stdout"] == "function undefined object\n", data


@pytest.mark.parametrize("target", ["../../../../../etc/passwd", "/etc/passwd"])
def test_a_program_of_a_package_that_leads_out(site, target):
    make_tarball(site.folder, "hostile", "1.0.0", {"package.json": {"bin": {"../../up": "x.js", "out": target},
                                                                    "exports": {".": "./index.js", "./x": target}},
                                                   "index.js": "exports.name = 'hostile'", "x.js": ""})
    site.require_node(hostile="file:hostile-1.0.0.tgz")
    server = site.serve()
    reply = update(server, "/v1/sandbox/dependencies/update?language=nodejs")
    assert reply["code"] == 0, reply
    data = server.run("nodejs", "console.log(require('hostile/x'))")["data"]
    assert data["outcome"] == "failed" and "root:" not in str(data)
    tree = tree_of(server)
    links = [path for path in tree.rglob("*") if path.is_symlink()]
    assert links and all(tree in path.resolve().parents for path in links)


def test_package_json_without_a_lock_file_is_told(site):
    make_tarball(site.folder, "left", "1.0.0", {"index.js": ""})
    site.require_node(left="file:left-1.0.0.tgz")
    server = site.serve()
    line = server.wait_log("package.json has no lock file beside it: each installation may bring other versions", BUILD_SECONDS)
    assert line["level"] in ("warn", "warning") and line["file"] == f"{site.folder}/package.json"
    doctor = [str(sandgate.binary()), "doctor", "--config", str(server.config_file)]
    warning = "it has no lock file beside it"
    assert warning in subprocess.run(doctor, stdout=subprocess.PIPE, text=True, check=False).stdout
    subprocess.run(["npm", "install", "--package-lock-only", "--offline"], cwd=site.folder, check=True, stdout=subprocess.DEVNULL)
    assert warning not in subprocess.run(doctor, stdout=subprocess.PIPE, text=True, check=False).stdout
    assert update(server, "/v1/sandbox/dependencies/update?language=nodejs")["code"] == 0
    assert len([one for one in server.log_lines() if one["msg"] == line["msg"]]) == 1
