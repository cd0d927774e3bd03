# SPDX-License-Identifier: Apache-2.0
"""A run in a child of the Python fork server behaves as one in an interpreter that was started for it.

Claim: stdout, stderr and exit code of a program are the same in a fork server's child, in a cold start by
sandgate and in a stock interpreter outside of it; only what is random differs between two runs.
"""

import re
import subprocess

import pytest
import sandgate
from python_programs import PROGRAMS, STREAMS

PYTHON = "/usr/bin/python3"
UNCAUGHT = 255  # what a run ends with after an exception; a stock interpreter ends with 1
# A cold start leaves its last objects to the end of the process; a stock interpreter finalises them.
FINALISED = {"finalisers at the end", "finaliser in a cycle", "generator closed at the end", "pool in a finaliser",
             "finaliser that adds names", "exception in a finaliser",
             "finaliser that prints where stdout was replaced", "finaliser that uses a module and a function",
             "generators open at the end"}
# What the jail changes, not the way of starting: compared with the cold start in the jail only.
JAILED = {"open descriptors", "environment", "umask and mode", "files", "path begins here", "argv", "names in main",
          "getenv of C", "abort", "locale", "time zone", "stdin is empty", "null byte in name",
          "keyboard interrupt", "exception without a stderr"}
# A cold start has a program's lines for tracebacks and inspect alone, frames of ours below the program's own, and
# catches SystemExit, which takes a tuple apart.
NOT_COLD = {"warnings", "deprecation warning", "source of a function", "never awaited", "its stack", "warning of its caller",
            "exit with a tuple", "exit with an empty tuple"}
# CPython itself, as traceback.py for uncaught exceptions, shows other columns, and at the end no lines any more.
SHOWN_BY_CPYTHON = {"exception in a finaliser", "stdout that cannot be flushed", "indentation error"}
# A run's stdout is line buffered: what was printed is there before what comes later by other ways.
LINE_BUFFERED = {"os._exit", "write through descriptor", "abort"}
WARM = {"SANDGATE_PYTHON_SPAWNER": "auto", "SANDGATE_WARM_UP": "at_start"}


@pytest.fixture(scope="module", params=["full", "container"])
def pair(request):
    """(fork server, cold start): two servers in the same mode."""
    config = {"python_path": PYTHON}
    with sandgate.Server(mode=request.param, config=config, env=WARM) as warm:
        with sandgate.Server(mode=request.param, config=config, env={"SANDGATE_PYTHON_SPAWNER": "exec"}) as cold:
            warm.wait_warm(["python3 without network", "python3 with network"])
            yield warm, cold
            problems = [line for line in warm.log_lines()
                        if "fork server" in line.get("msg", "") and line["level"] == "warn"]
            assert not problems, "a fork server went out of use"


def outcome(server, code: str) -> tuple:
    data = server.run("python3", code)["data"]
    return data["stdout"], plain(data["stderr"]), data["exit_code"]


def last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def plain(text: str) -> str:
    """Without the folders of files."""
    return re.sub(r'(File "|^)/[^":]*/', r"\1", text, flags=re.M)


def stock(code: str, folder) -> tuple:
    """As outcome(), of an ordinary interpreter."""
    (folder / "main.py").write_text(code)
    done = subprocess.run(["env", "--default-signal", PYTHON, "-B", "main.py"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": str(folder)})
    ended = done.returncode if done.returncode >= 0 else -1
    return done.stdout.decode(errors="replace").replace(f"{folder}/", ""), plain(done.stderr.decode()), ended


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in FINALISED | NOT_COLD])
def test_warm_equals_cold(pair, name):
    warm, cold = pair
    assert outcome(warm, PROGRAMS[name]) == outcome(cold, PROGRAMS[name])


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in JAILED | LINE_BUFFERED])
def test_warm_equals_a_stock_interpreter(pair, name, tmp_path):
    out, err, code = outcome(pair[0], PROGRAMS[name])
    expected_out, expected_err, expected_code = stock(PROGRAMS[name], tmp_path)
    if code == UNCAUGHT:
        assert expected_code in (1, UNCAUGHT)
        code = expected_code
    if name in SHOWN_BY_CPYTHON:
        err, expected_err = last_line(err), last_line(expected_err)
    assert (out, err, code) == (expected_out, expected_err, expected_code)


@pytest.mark.parametrize("name", STREAMS)
def test_random_streams_differ(pair, name):
    replies = [outcome(pair[0], STREAMS[name]) for _ in range(8)]
    assert len({out for out, _, _ in replies}) == len(replies)
    assert {(err, code) for _, err, code in replies} == {("", 0)}


def test_nothing_is_kept_from_the_run_before(pair):
    """A child is used once: what one run leaves in its interpreter, no other run finds."""
    mark = "import sys, json, builtins\nprint(hasattr(builtins, 'mark'), hasattr(json, 'mark'))\nbuiltins.mark = json.mark = 1"
    for _ in range(6):
        assert outcome(pair[0], mark) == ("False False\n", "", 0)


def test_no_program_can_be_started(pair):
    """The one execve that starts a cold interpreter is not there for the user's code of a fork server's child."""
    code = "import os\ntry:\n    os.execv('/bin/true', ['true'])\nexcept PermissionError as e:\n    print('refused', e.errno)"
    data = pair[0].run("python3", code)["data"]
    assert (data["stdout"], data["exit_code"]) == ("refused 1\n", 0)
    assert [denial["syscall"] for denial in data["denied"]] == ["execve"]
