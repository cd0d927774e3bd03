# SPDX-License-Identifier: Apache-2.0
"""The verbs `trace` and `profile` of the command line."""

import json
import os

import pytest
import tracing
import yaml
from tracing import outcome, sandgate_command


@pytest.fixture
def program(tracing_server):
    """program(TEXT, ending): its path."""
    def write(text: str, ending: str = ".py") -> str:
        path = tracing_server.folder / f"program{ending}"
        path.write_text(text)
        return str(path)
    return write


def profile_text(server, name: str) -> str:
    return (server.folder / f"profiles/{name}.yaml").read_text()


def test_a_saved_profile_lets_the_program_pass(tracing_server, program):
    for language, ending in (("python3", ".py"), ("nodejs", ".js")):
        code = tracing.PROGRAMS[language]
        done = sandgate_command(tracing_server, "trace", program(code, ending), "--no-network", "--save",
                                f"saved-{language}")
        assert done.returncode == 0, done.stderr
        assert "rules:" in done.stdout and "one run" in done.stderr
        assert outcome(tracing_server, language, code, f"saved-{language}") == "ok"


def test_stdout_is_the_addition_and_nothing_else(tracing_server, program):
    done = sandgate_command(tracing_server, "trace", program("print('noise')\n" + tracing.steps("mlockall")))
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert lines[:2] == ["rules:", "  - allow: [mlockall]"] and lines[2].startswith("    why: "), done.stdout
    assert "noise" in done.stderr


def test_the_folder_that_is_named_is_the_one_of_the_configuration(tracing_server, program):
    path = program(tracing.steps("mlockall"))
    told = sandgate_command(tracing_server, "trace", path).stdout
    assert f"a file {tracing_server.folder}/profiles/NAME.yaml that is used" in told, told
    saved = sandgate_command(tracing_server, "trace", path, "--save", "named").stderr
    assert f"Saved in {tracing_server.folder}/profiles/named.yaml;" in saved


def test_several_traces_merge(tracing_server, program):
    for names in (("setuid", "mlockall"), ("mlockall", "output queue"), ("setuid",)):
        done = sandgate_command(tracing_server, "trace", program(tracing.steps(*names)), "--no-network", "--save", "merged")
        assert done.returncode == 0, done.stderr
    together = tracing.steps("setuid", "mlockall", "output queue")
    assert outcome(tracing_server, "python3", together, "merged") == "ok"
    assert outcome(tracing_server, "python3", tracing.steps("setgid"), "merged") == "failed"
    first = profile_text(tracing_server, "merged")
    sandgate_command(tracing_server, "trace", program(together), "--no-network", "--save", "merged")
    assert profile_text(tracing_server, "merged") == first
    assert not [name for name in os.listdir(tracing_server.folder / "profiles") if name.startswith(".")]


def test_what_cannot_be_allowed_is_told(tracing_server, program):
    code = "import ctypes, sys\nsys.exit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)"
    done = sandgate_command(tracing_server, "trace", program(code))
    assert done.returncode == 1
    assert "ptrace" in done.stderr and "cannot be allowed" in done.stderr and "ptrace" not in done.stdout


@pytest.mark.parametrize("name", ["../x", "default", "UPPER", "", "a/b"])
def test_a_profile_is_saved_under_a_plain_name_only(tracing_server, program, name):
    before = sorted(os.listdir(tracing_server.folder))
    done = sandgate_command(tracing_server, "trace", program("pass"), f"--save={name}")
    assert done.returncode != 0 or name == ""
    assert sorted(os.listdir(tracing_server.folder)) in (before, sorted({*before, "program.py"}))


def test_the_network_can_be_had_and_refused(tracing_server, program):
    code = "import socket\nsocket.socket()\n"
    on = sandgate_command(tracing_server, "trace", program(code), "--network")
    assert on.returncode == 0, on.stderr
    off = sandgate_command(tracing_server, "trace", program(code), "--no-network")
    assert off.returncode == 1 and off.stdout.startswith("# The request must ask for the network")
    assert "--no-network" in off.stdout and yaml.safe_load(off.stdout) is None  # the configuration has it
    tracing_server.config_file.write_text(json.dumps({**tracing_server.config, "enable_network": False}))
    try:
        missed = sandgate_command(tracing_server, "trace", program(code), "--network")
    finally:
        tracing_server.config_file.write_text(json.dumps(tracing_server.config))
    assert yaml.safe_load(missed.stdout) == {"enable_network": True}


def test_profiles_are_listed_shown_and_compared(tracing_server):
    server = tracing_server
    tracing.write_profile(server, "one", [{"allow": ["setuid", "mlockall"], "why": "x"}])
    tracing.write_profile(server, "two", [{"allow": ["ioctl"], "when": {"request": "TIOCOUTQ"}, "why": "y"},
                                          {"allow": ["mlockall"], "why": "z"}])
    listed = {line.split()[0]: line for line in sandgate_command(server, "profile", "list").stdout.splitlines()}
    assert "2 rules" in listed["one"] and "2 rules" in listed["two"]
    shown = sandgate_command(server, "profile", "show", "two").stdout
    assert "  - allow: [ioctl]\n    when: {request: TIOCOUTQ}\n" in shown
    same = sandgate_command(server, "profile", "diff", "one", "one")
    assert (same.returncode, same.stdout) == (0, "")
    differ = sandgate_command(server, "profile", "diff", "one", "two")
    assert (differ.returncode, differ.stdout) == (1, "+ ioctl request=TIOCOUTQ\n- setuid\n")
    default = sandgate_command(server, "profile", "diff", "default", "one")
    assert (default.returncode, default.stdout) == (1, "+ mlockall\n+ setuid\n")
    assert sandgate_command(server, "profile", "show", "missing").returncode == 1
