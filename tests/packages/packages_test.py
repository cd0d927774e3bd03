# SPDX-License-Identifier: Apache-2.0
"""Each package does its work in a run, however it is started: it prints what it should, and nothing fails."""

import environment
import pytest
from all_programs import PROGRAMS


def each(language: str):
    return pytest.mark.parametrize("program", PROGRAMS[language], ids=lambda program: program.package)


@each("python3")
def test_python(server, program, around):
    reply = environment.run(server, "python3", program, around)
    assert environment.is_good(reply, program), reply


@each("nodejs")
def test_node(server, program, around):
    reply = environment.run(server, "nodejs", program, around)
    assert environment.is_good(reply, program), reply
