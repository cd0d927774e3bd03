# SPDX-License-Identifier: Apache-2.0
"""The image sandgate:VERSION itself: what is in it, and how it may be started. ./dev image-test makes it and names it in
$SANDGATE_TEST_IMAGE; the other tests of this folder are then run in it too."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import container
import packages
import pytest
import sandgate
import yaml
from loopback import HttpServer

pytestmark = pytest.mark.skipif(not os.environ.get("SANDGATE_TEST_IMAGE"), reason="./dev image-test makes the image")

INSTALL_SECONDS = 120.0

# As Dify's compose file names them.
COMPOSE = {"API_KEY": "of-compose", "GIN_MODE": "release", "WORKER_TIMEOUT": "15", "ENABLE_NETWORK": "true",
           "HTTP_PROXY": "http://ssrf_proxy:3128", "HTTPS_PROXY": "http://ssrf_proxy:3128", "SANDBOX_PORT": "0",
           "PIP_MIRROR_URL": ""}
TEMPLATE = "import jinja2\nprint(jinja2.Template('{{ a }} 中文').render(a=1))"
PACKAGES = "import httpx, jinja2, requests, socks, socksio\nprint(httpx.Client(proxy='socks5://127.0.0.1:1') is not None)"


def outputs(server) -> list:
    """What a program in each language and a template print."""
    requests = [("python3", "print('p')"), ("nodejs", "console.log('n', process.version.split('.')[0])"),
                ("python3", TEMPLATE), ("python3", PACKAGES)]
    return [reply.get("data", {}).get("stdout", reply) for reply in server.run_many(requests)]


EXPECTED = ["p\n", "n v22\n", "1 中文\n", "True\n"]


def test_runs_what_dify_sends(container_server):
    assert outputs(container_server) == EXPECTED


def test_every_interpreter_is_forked(container_server):
    doctor = container_server.exec("sandgate", "doctor").stdout
    assert doctor.count("forked from a warmed interpreter") == 4 and "warning" not in doctor, doctor


def test_takes_the_environment_of_the_compose_file(make_container):
    server = make_container(env=COMPOSE)
    server.key = "of-compose"
    code = "import os; print(os.environ['HTTPS_PROXY'])"
    assert server.run("python3", code, enable_network=True)["data"]["stdout"] == "http://ssrf_proxy:3128\n"


def test_installs_with_the_environment_of_the_compose_file(make_container, tmp_path):
    """From PIP_MIRROR_URL, through the proxy: there is no other way out."""
    mirror, name = "http://mirror.example/simple", "gauge-2.0-py3-none-any.whl"
    answers = {f"{mirror}/gauge/": f'<a href="{name}">{name}</a>'.encode(),
               f"{mirror}/gauge/{name}": packages.wheel_bytes("gauge", "2.0", {"gauge.py": "version = '2.0'\n"})}
    tmp_path.chmod(0o755)
    (tmp_path / "python-requirements.txt").write_text("gauge\n")
    with HttpServer(answers=answers) as proxy:
        env = {**COMPOSE, "HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url, "PIP_MIRROR_URL": mirror}
        server = make_container(env=env, arguments=["--volume", f"{tmp_path}:/dependencies"])
        server.key = "of-compose"
        server.wait_packages(INSTALL_SECONDS)
        assert server.run(*PACKAGE_OF_PYTHON)["data"]["stdout"] == "2.0\n"
    assert proxy.requests == [f"GET {target} HTTP/1.1" for target in answers]


def test_needs_no_configuration_of_its_user(make_container):
    """The file in the image serves, with the port of the environment."""
    server = make_container(configured=False, env={"SANDBOX_PORT": "0"})
    server.key = "dify-sandbox"
    assert outputs(server) == EXPECTED


WITH_LESS = {
    "read-only": ["--read-only"],
    "read-only-but-tmp": ["--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp"],
    "any-user": ["--user", "12345:0"],
    "restricted": ["--user", "12345:12345", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only"],
}


@pytest.fixture(scope="module")
def dependencies():
    """A folder that asks for a package in each language, and has them."""
    folder = Path(tempfile.mkdtemp(prefix="sandgate-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    packages.make_wheel(folder / "wheels", "gauge", "1.5")
    packages.make_tarball(folder, "gauge", "1.5.0", {"index.js": "exports.version = '1.5.0'"})
    (folder / "python-requirements.txt").write_text("gauge==1.5\n")
    (folder / "package.json").write_text(json.dumps({"dependencies": {"gauge": "file:gauge-1.5.0.tgz"}}))
    (folder / "data").mkdir()
    (folder / "data/words.txt").write_text("of everybody\n")
    yield folder
    shutil.rmtree(folder)


OFFLINE = {"dependencies": {"offline": True}}
PACKAGE_OF_PYTHON = ("python3", "import gauge; print(gauge.version)")
WITH_PACKAGES = [("python3", "import gauge; print(gauge.version, open('/dependencies/data/words.txt').read())"),
                 ("nodejs", "console.log(require('gauge').version)")]


@pytest.mark.parametrize("arguments", [[], *WITH_LESS.values()], ids=["as it is", *WITH_LESS])
def test_installs_packages(make_container, dependencies, arguments):
    server = make_container(config=OFFLINE, arguments=[*arguments, "--volume", f"{dependencies}:/dependencies"])
    server.wait_packages(INSTALL_SECONDS)
    told = [reply["data"]["stdout"] for reply in server.run_many(WITH_PACKAGES)]
    assert told == ["1.5 of everybody\n\n", "1.5.0\n"]


def test_another_user_keeps_packages_in_a_folder_of_his(make_container, dependencies, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, 12345, 12345)
    arguments = ["--user", "12345:12345", "--volume", f"{dependencies}:/dependencies:ro", "--volume", f"{state}:/var/lib/sandgate"]
    first = make_container(config=OFFLINE, arguments=arguments)
    first.wait_packages(INSTALL_SECONDS)
    first.close()
    second = make_container(config=OFFLINE, arguments=arguments)
    second.wait_packages(INSTALL_SECONDS)
    assert second.run(*WITH_PACKAGES[1])["data"]["stdout"] == "1.5.0\n"
    assert not any(line.get("msg") == "installer" for line in second.log_lines())


def test_tells_what_to_do_about_a_closed_folder(make_container, dependencies, tmp_path):
    """In `container` runs and installers are other users than the server; mounts of `full` show them what is closed to others."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with pytest.raises(RuntimeError, match="chmod o\\+x /var/lib/sandgate"):
        container.ContainerServer(profile="docker", arguments=["--volume", f"{state}:/var/lib/sandgate"]).start()
    closed = tmp_path / "closed"
    shutil.copytree(dependencies, closed)
    closed.chmod(0o700)
    server = make_container(config=OFFLINE, arguments=["--volume", f"{closed}:/dependencies"])
    with pytest.raises(RuntimeError, match="may not read /dependencies/.*chmod o\\+r it, and o\\+x"):
        server.wait_packages(INSTALL_SECONDS)


@pytest.mark.parametrize("arguments", WITH_LESS.values(), ids=WITH_LESS)
def test_starts_with_less(make_container, arguments):
    server = make_container(arguments=arguments)
    assert outputs(server) == EXPECTED
    modes = {server.run("python3", "1")["data"]["isolation"]["mode"] for _ in range(2)}
    assert modes == {"rootless"} if "--user" in arguments else modes & {"full", "container"}


def as_config_map(dependencies: Path, folder: Path) -> Path:
    """The wheel and a file that asks for it, as a kubelet lays out a ConfigMap: links to links."""
    content = folder / "..2026_01_31"
    content.mkdir(parents=True)
    shutil.copy(next((dependencies / "wheels").iterdir()), content)
    (content / "python-requirements.txt").write_text("--no-index\n--find-links /dependencies\ngauge==1.5\n")
    (folder / "..data").symlink_to(content.name)
    for file in content.iterdir():
        (folder / file.name).symlink_to(f"..data/{file.name}")
    return folder


def test_starts_as_the_chart_starts_it(make_container, dependencies, tmp_path):
    """The configuration and the security context of packaging/helm/sandgate/values.yaml; volumes as a kubelet makes them."""
    values = yaml.safe_load((sandgate.REPOSITORY / "packaging/helm/sandgate/values.yaml").read_text())
    user = values["podSecurityContext"]["runAsUser"]
    assert values["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                         "capabilities": {"drop": ["ALL"]}}
    server = make_container(config=values["config"], env={"API_KEY": "test-key", "SANDBOX_PORT": "0"}, arguments=[
        "--user", f"{user}:{user}", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only",
        "--read-only-tmpfs=false", "--tmpfs", "/tmp:mode=1777", "--tmpfs", "/state:mode=2777",
        "--volume", f"{as_config_map(dependencies, tmp_path / 'map')}:/dependencies:ro"])
    server.wait_packages(INSTALL_SECONDS)
    assert server.run(*PACKAGE_OF_PYTHON)["data"]["stdout"] == "1.5\n"
    assert outputs(server) == EXPECTED
    status, _, body = server.request("GET", "/ready")
    assert status == 200, body


def test_has_no_compiler_and_no_way_to_other_users(container_server):
    names = ["cc", "gcc", "g++", "c++", "cpp", "clang", "ld", "as", "make", "tcc", "go", "rustc"]
    found = container_server.exec("sh", "-c", "for n in \"$@\"; do command -v $n; done; true", "sh", *names).stdout
    assert found == ""
    files = container_server.exec("find", "/", "-xdev", "-type", "f", "-perm", "/6000")
    assert files.stdout == ""


def test_makes_virtual_environments(container_server):
    """What packages of users are installed into."""
    made = container_server.exec("sh", "-c", "python3 -m venv /tmp/venv && /tmp/venv/bin/pip --version")
    assert "/tmp/venv/" in made.stdout, made.stderr
    container_server.exec("rm", "-rf", "/tmp/venv")


def test_has_fonts_for_chinese_and_time_zones(container_server):
    listed = container_server.exec("sh", "-c", "ls /usr/share/fonts/truetype/wqy/ /usr/share/zoneinfo/Asia/Shanghai").stdout
    assert "wqy-zenhei.ttc" in listed and "Asia/Shanghai" in listed


def test_bill_of_materials_lists_what_is_there(container_server):
    document = json.loads(container_server.exec("cat", "/usr/share/doc/sandgate/sbom.spdx.json").stdout)
    listed = {(package["name"], package["versionInfo"]) for package in document["packages"]}
    installed = container_server.exec("dpkg-query", "-W", "-f", "${Package} ${Version}\\n").stdout
    debian = {tuple(line.split()) for line in installed.splitlines()}
    python = {(one["name"], one["version"]) for one in json.loads(
        container_server.exec("pip", "list", "--format=json", "--path", "/usr/local/lib/python3.11/dist-packages").stdout)}
    node = container_server.exec("node", "--version").stdout.strip()[1:]
    npm = container_server.exec("npm", "--version").stdout.strip()
    assert debian and python and debian <= listed and {name.lower() for name, _ in python} <= {
        name.lower() for name, _ in listed}
    assert ("npm", npm) in listed and node in {version for name, version in listed if name.startswith("node-linux-")}


def test_keeps_no_trace_of_its_build(container_server):
    left = container_server.exec("sh", "-c", "ls -A /tmp /run/secrets /var/lib/apt/lists /usr/local/share/ca-certificates")
    assert "install-runtime" not in left.stdout and "ca" not in left.stdout.split(), left.stdout


def test_health_check_of_the_image_asks_the_port_of_the_environment(container_server):
    command = f'SANDBOX_PORT={container_server.port} sh -c \'curl -fsS "http://127.0.0.1:${{SANDBOX_PORT:-8194}}/health"\''
    assert container_server.exec("sh", "-c", command).stdout == '"ok"'
