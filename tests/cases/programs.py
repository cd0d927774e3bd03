# SPDX-License-Identifier: Apache-2.0
"""Runs a program as a client does and takes the answer apart; shared by the files of this suite.

A plain program is sent as it is. A code node is a program with a `main`, sent in the form in which Dify
wraps it, and its result is what stands between the markers.
"""

import json
import textwrap

import dify
import pytest
import sandgate

REFUSED = "error: operation not permitted"


def data_of(server, language: str, code: str, **more) -> dict:
    """`data` of a run that took place, whatever became of the program."""
    reply = server.run(language, textwrap.dedent(code), **more)
    assert (reply["code"], reply["message"]) == (0, "success"), reply
    return reply["data"]


def good(server, language: str, code: str, **more) -> dict:
    """`data` of a run that was fine."""
    data = data_of(server, language, code, **more)
    assert (data["error"], data["exit_code"], data["outcome"]) == ("", 0, "ok"), data
    return data


def stdout_of(server, language: str, code: str, **more) -> str:
    return good(server, language, code, **more)["stdout"]


def python_node(server, code: str, **inputs):
    """What main() of a Python code node returns."""
    script = dify.python_script(textwrap.dedent(code).strip("\n"), inputs)
    return json.loads(dify.marked(dify.execute(server, "python3", script)))


def javascript_node(server, code: str, **inputs):
    """What main() of a JavaScript code node returns."""
    script = dify.node_script(textwrap.dedent(code).strip("\n"), inputs)
    return json.loads(dify.marked(dify.execute(server, "nodejs", script)))


def denied_names(data: dict) -> set:
    return {denied["syscall"] for denied in data["denied"]}


def denial(data: dict, *names: str) -> dict:
    """The entry of `denied` for one of these calls: which of several a libc uses is its own affair."""
    found = [denied for denied in data["denied"] if denied["syscall"] in names]
    assert found, f"none of {names} in {data['denied']}"
    return found[0]


def skip_without(server, module: str):
    """Skips a test of a package that the interpreter under test does not have; where packages were installed it has to."""
    if f"No module named '{module}'" in data_of(server, "python3", f"import {module}")["error"]:
        (pytest.fail if sandgate.RUNNING else pytest.skip)(f"the interpreter under test has no {module}")


def table(cases: dict):
    """parametrize() for {behaviour: (values...)}, each case named after its behaviour."""
    names = list(cases)
    width = len(cases[names[0]])
    arguments = ["code", "expected", "more"][:width]
    return pytest.mark.parametrize(",".join(arguments), [cases[name] for name in names], ids=names)
