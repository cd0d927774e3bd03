# SPDX-License-Identifier: Apache-2.0
"""`sandgate explain`: what it prints, for people and for machines, and what the log keeps of a run."""

import json
import os
import pty
import subprocess

import pytest
import sandgate

SOCKET = "import socket\nsocket.socket()\n"
# Ids of this process: another server would end processes of the same id with its own run.
OWN_IDS = f"isolation:\n  uid_base: {sandgate.own_uid_base()}\n"


def state_in(tmp_path) -> str:
    """Nobody but its user enters `tmp_path`: without a mount namespace no place for a run."""
    (tmp_path / "state").mkdir(exist_ok=True)
    return "" if sandgate.INSIDE else f"state_dir: {tmp_path}/state\n"


def explain(*arguments, code=None, tmp_path=None, env=None, config="") -> subprocess.CompletedProcess:
    """The command, run in `tmp_path` with a configuration of its own; `code` is the program on stdin."""
    path = tmp_path / "config.yaml"
    path.write_text(f"{state_in(tmp_path)}{OWN_IDS}{config}")
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})}
    return subprocess.run([sandgate.binary(), "explain", "--config", path, *arguments], input=code, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path, timeout=60)


def test_a_refused_program(tmp_path):
    (tmp_path / "program.py").write_text(SOCKET)
    done = explain("--no-network", "program.py", tmp_path=tmp_path)
    assert done.returncode == 1, done.stderr
    for part in ("refused: socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)", "line: 2", "layer: seccomp", "why: ",
                 "fix: enable_network: true (in request)"):
        assert part in done.stdout
    assert "\033" not in done.stdout


def test_json_is_all_that_stdout_holds_where_packages_cannot_be_installed(tmp_path):
    (tmp_path / "python-requirements.txt").write_text("no-such-package-anywhere\n")
    config = f"dependencies: {{folder: {tmp_path}, offline: true}}\n"
    if sandgate.INSIDE:
        pytest.skip("a state_dir of its own is not entered there")
    (tmp_path / "state" / "environments").mkdir(parents=True)
    done = explain("-", "--language", "python3", "--json", code="print(1)", tmp_path=tmp_path, config=config)
    assert json.loads(done.stdout)["data"]["stdout"] == "1\n"
    assert "could not be installed" in done.stderr


def test_a_package_that_the_file_names_is_not_asked_for_again(tmp_path):
    (tmp_path / "python-requirements.txt").write_text("no-such-package-anywhere\n")
    done = explain("-", "--language", "python3", code="import no_such_package_anywhere", tmp_path=tmp_path,
                   config=f"dependencies: {{folder: {tmp_path}}}\n")
    assert "is in " in done.stdout and "but is not installed yet" in done.stdout, done.stdout


def test_a_program_that_is_fine(tmp_path):
    done = explain("-", "--language", "python3", code="print(1)", tmp_path=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing was refused" in done.stdout


@pytest.mark.parametrize("language,code,line", [
    ("python3", "import no_such_one", "no_such_one (in dependencies/python-requirements.txt; "),
    ("nodejs", "require('no-such-one')", '"no-such-one": "*" (in dependencies/package.json; ')])
def test_a_package_still_has_to_be_installed(tmp_path, language, code, line):
    done = explain("-", "--language", language, code=code, tmp_path=tmp_path)
    assert f"fix: {line}then have the server install it)\n" in done.stdout
    assert "why: It is not installed for the interpreter of runs, /" in done.stdout


def test_a_program_that_fails_by_itself(tmp_path):
    done = explain("-", "--language", "nodejs", code="throw new Error('mine')", tmp_path=tmp_path)
    assert done.returncode == 1 and "Error: mine" in done.stdout and "nothing was refused" in done.stdout


def test_json_is_the_reply_of_the_api(tmp_path):
    done = explain("-", "--language", "python3", "--json", "--no-network", code=SOCKET, tmp_path=tmp_path)
    reply = json.loads(done.stdout)
    assert (reply["code"], reply["data"]["denied"][0]["syscall"], reply["data"]["denied"][0]["line"]) == (0, "socket", 2)


@pytest.mark.parametrize("arguments", [[], ["no-such-file.py"], ["program.txt"], ["-"], ["--no-such-option"],
                                       ["x.py", "--run-id", "0" * 32], ["--run-id", "0" * 32], ["--run-id", "x"]])
def test_what_cannot_be_told_ends_with_status_2(arguments, tmp_path):
    done = explain(*arguments, code="", tmp_path=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr


def test_another_language(tmp_path):
    done = explain("-", "--language", "python3", "--no-network", code=SOCKET, tmp_path=tmp_path, config="language: zh\n")
    assert "被拒绝" in done.stdout and "enable_network: true" in done.stdout


def on_terminal(tmp_path, env) -> str:
    """What the command prints on a terminal."""
    (tmp_path / "program.py").write_text(SOCKET)
    ours, its = pty.openpty()
    config = tmp_path / "config.yaml"
    config.write_text(f"{state_in(tmp_path)}{OWN_IDS}")
    command = [sandgate.binary(), "explain", "--config", config, "--no-network", tmp_path / "program.py"]
    with subprocess.Popen(command, stdout=its, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], **env}):
        os.close(its)
        text = b""
        try:
            while part := os.read(ours, 4096):
                text += part
        except OSError:  # the terminal's other end is closed
            pass
    os.close(ours)
    return text.decode()


def test_colours_on_a_terminal_only_and_not_where_they_are_unwanted(tmp_path):
    assert "\033[31m" in on_terminal(tmp_path, {})
    assert "\033" not in on_terminal(tmp_path, {"NO_COLOR": "1"})


def test_a_run_from_the_log(make_server, tmp_path):
    server = make_server()
    data = server.run("python3", SOCKET + "# a comment of the code")["data"]
    module = server.run("python3", "import no_module_of_this_name")["data"]
    line = sandgate.wait_for(lambda: next((x for x in server.log_lines() if x.get("run_id") == module["run_id"]), None))
    assert json.loads(line["denials"])[0]["layer"] == "module" and "no_module_of_this_name" not in json.dumps(line)
    done = subprocess.run([sandgate.binary(), "explain", "--config", server.config_file, "--run-id", data["run_id"]],
                          stdout=subprocess.PIPE, text=True, cwd=server.folder)
    assert done.returncode == 1
    for part in ("refused: socket(", "line: 2", "fix: enable_network: true (in request)"):
        assert part in done.stdout
    assert "a comment of the code" not in "".join(map(str, server.log_lines()))


def test_a_reply_in_the_readers_language(server):
    body = {"language": "python3", "code": SOCKET}
    headers = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
    data = json.loads(server.request("POST", "/v1/sandbox/run", body, headers)[2])["data"]
    entry = data["denied"][0]
    assert "本次运行没有网络" in entry["why"] and (entry["fix"], entry["fix_in"]) == ("enable_network: true", "request")
    assert data["error"].startswith("process exited with code 255\nerror: operation not permitted\n代码试图")
