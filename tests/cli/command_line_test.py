# SPDX-License-Identifier: Apache-2.0
"""What every verb of the command line has in common: its errors, its exit status and its options."""

import json
import subprocess

import pytest
import sandgate


@pytest.fixture
def command(tmp_path):
    """command(ARGUMENT..., stdout=PIPE): the finished process, with a configuration beside the program."""
    def run(*arguments, **options):
        return subprocess.run([str(sandgate.binary()), *map(str, arguments)], text=True, timeout=60, cwd=tmp_path,
                              env={"PATH": "/usr/bin:/bin"}, stderr=subprocess.PIPE,
                              **{"stdout": subprocess.PIPE, "stdin": subprocess.DEVNULL, **options})
    return run


@pytest.fixture
def config(tmp_path):
    """config(**SETTINGS): the path of a file with them."""
    def write(**settings):
        path = tmp_path / "mine.yaml"
        path.write_text(json.dumps({"app": {"key": "k"}, "log_path": str(tmp_path / "logs"), **settings}))
        return path
    return write


@pytest.mark.parametrize("verb", ["serve", "config", "syscalls"])
def test_a_named_configuration_that_does_not_exist_is_an_error(command, verb):
    done = command(verb, "--config", "/nonexistent/c.yaml")
    assert (done.returncode, done.stderr) == (1, "sandgate: configuration file /nonexistent/c.yaml does not exist\n")


def test_a_configuration_without_a_name_is_an_error(command):
    """As of a variable that is not set."""
    done = command("serve", "--config", "")
    assert (done.returncode, done.stderr) == (1, "sandgate: the name of the configuration file is empty\n")


def test_an_unknown_system_call_is_ignored_with_its_place(command, config, tmp_path):
    """The list only adds to the policy. The same wherever it comes from; lint alone calls it an error."""
    (tmp_path / "a.py").write_text("print('ran')")
    file = config(allowed_syscalls=["mlockall", "mlockal"])
    shown = command("config", "--config", file)
    warning = f'allowed_syscalls: "mlockal" (from {file}:1) is neither a number nor the name of a system call'
    assert warning in shown.stderr and "ignored" in shown.stderr
    assert shown.returncode == 0 and "mlockal," not in shown.stdout
    ran = command("run", "--config", file, "a.py")
    assert (ran.returncode, ran.stdout) == (0, "ran\n") and warning in ran.stderr
    linted = command("lint", file)
    assert linted.returncode == 2 and f'{file}:1: error: "mlockal"' in linted.stdout


def test_an_unknown_system_call_of_the_environment_does_not_stop_the_server():
    with sandgate.Server(env={"ALLOWED_SYSCALLS": "1,x"}) as server:
        assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
        told = [line["msg"] for line in server.log_lines() if "allowed_syscalls" in line["msg"]]
    assert len(told) == 1 and 'allowed_syscalls: "x" (from environment ALLOWED_SYSCALLS)' in told[0]
    assert told[0].endswith("ignored")


def test_an_unknown_layer_is_told_with_all_other_bad_values(command, config):
    file = config(isolation={"require": ["foo"]}, max_workers=0)
    for verb in ("serve", "doctor"):
        told = command(verb, "--config", file)
        assert told.returncode == 1 and "max_workers: " in told.stderr
        assert f'isolation.require: "foo" (from {file}:1) is not a list of some of full, ' in told.stderr


@pytest.mark.parametrize("verb", ["serve", "doctor"])
def test_a_mistake_is_told_without_what_reorders_a_line(command, config, verb):
    told = command(verb, "--config", config(isolation={"require": ["\u202eoof"]})).stderr
    assert '"?oof"' in told and "\u202e" not in told


@pytest.mark.parametrize("verb", ["doctor", "config", "lint", "syscalls"])
def test_a_warning_is_told_without_what_steers_a_terminal(command, tmp_path, verb):
    file = tmp_path / "\x1b[31m.yaml"
    file.write_text('{"app": {"key": "k"}, "allowed_syscalls": ["no_such_call"]}')
    told = command(verb, *([] if verb == "lint" else ["--config"]), file)
    assert "?[31m.yaml" in told.stdout + told.stderr and "\x1b" not in told.stdout + told.stderr


def test_an_unknown_command_is_named(command):
    done = command("sreve")
    assert done.returncode == 2 and '"sreve"' in done.stderr and "--help" in done.stderr


@pytest.mark.parametrize("arguments", [["config"], ["syscalls"], ["--help"], ["serve", "--help"]])
def test_output_that_cannot_be_written_is_an_error(command, config, arguments):
    file = [] if "--help" in arguments else ["--config", config()]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = command(*arguments, *file, stdout=full)
    assert done.returncode == 1 and "standard output could not be written" in done.stderr


@pytest.mark.parametrize("verb", ["explain", "lint"])
def test_output_that_cannot_be_written_is_no_finding(command, config, tmp_path, verb):
    """Of these verbs, 1 says that something was refused, or that there are warnings."""
    program = tmp_path / "a.py"
    program.write_text("print(1)")
    arguments = ["--config", config(), program] if verb == "explain" else [config()]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = command(verb, *arguments, stdout=full)
    assert done.returncode == 2 and "standard output could not be written" in done.stderr


def test_output_of_a_program_that_cannot_be_written_is_an_error(command, config, tmp_path):
    (tmp_path / "a.py").write_text("print(1)")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = command("run", "--config", config(), "a.py", stdout=full)
    assert done.returncode == 1 and "standard output could not be written" in done.stderr


@pytest.mark.parametrize("verb", ["run", "trace"])
def test_the_language_can_be_told_where_the_name_does_not(command, config, tmp_path, verb):
    (tmp_path / "program").write_text("print('told')")
    refused = command(verb, "--config", config(), "program")
    assert refused.returncode == 1 and "--language" in refused.stderr
    done = command(verb, "--config", config(), "--language", "python3", "program")
    assert done.returncode == 0 and "told" in done.stdout + done.stderr


def test_a_run_tells_which_limit_ended_it(command, config, tmp_path):
    (tmp_path / "loop.py").write_text("while True: pass\n")
    done = command("run", "--config", config(worker_timeout=1), "loop.py")
    assert done.returncode == 1
    assert "-- timeout, isolation" in done.stderr and "error: timeout\n" in done.stderr
    assert "worker_timeout in conf/config.yaml" in done.stderr


def test_a_trace_is_not_saved_under_an_empty_name(command, config, tmp_path):
    (tmp_path / "a.py").write_text("print(1)")
    done = command("trace", "--config", config(), "a.py", "--save", "")
    assert done.returncode == 1 and '"" is no name of a profile' in done.stderr


def test_the_configuration_is_named_as_on_the_command_line(command, config, tmp_path):
    (tmp_path / "a.py").write_text("import os\nos.fork()")
    file = config(allow_processes=False)
    told = command("explain", "--config", file, "a.py")
    assert f"allow_processes: true (in {file})" in told.stdout
    assert f"# For {file}, instead of" in command("trace", "--config", file, "a.py").stdout


def test_a_fix_replaces_the_line_that_sets_the_same(command, tmp_path):
    """The sentence says so, a pasted second line is refused with what to do, and the replaced one works."""
    program = tmp_path / "a.py"
    program.write_text("import os\nif os.fork() == 0: os._exit(0)\nos.wait()\nprint('passed')")
    file = tmp_path / "mine.yaml"
    lines = ["app: {key: k}", "allow_processes: false"]
    file.write_text("\n".join(lines))
    fix = json.loads(command("explain", "--json", "--config", file, "a.py").stdout)["data"]
    pasted = fix["denied"][-1]["fix"]
    assert f'"{pasted}" in conf/config.yaml (instead of a line that sets it already)' in fix["error"]
    file.write_text("\n".join([*lines, pasted]))
    refused = command("run", "--config", file, "a.py")
    assert refused.returncode == 1 and "given twice" in refused.stderr and "keep one of them" in refused.stderr
    file.write_text("\n".join([lines[0], pasted]))
    assert command("run", "--config", file, "a.py").stdout == "passed\n"
