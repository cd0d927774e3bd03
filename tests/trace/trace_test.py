# SPDX-License-Identifier: Apache-2.0
"""A trace finds in one run all that a program needs, and nothing that it could do without."""

import pytest
import tracing
from tracing import outcome, trace


@pytest.mark.parametrize("language", tracing.PROGRAMS)
def test_one_run_finds_a_profile_of_which_nothing_can_be_left_out(tracing_server, language):
    server, program = tracing_server, tracing.PROGRAMS[language]
    assert outcome(server, language, program) == "failed"

    runs = len([line for line in server.log_lines() if line.get("msg") == "trace"])
    data = trace(server, language, program)
    lines = [line for line in server.log_lines() if line.get("msg") == "trace"]
    assert len(lines) == runs + 1 and lines[-1]["run_id"] == data["run_id"]
    assert data["outcome"] == "ok" and data["denied"] == [], data

    found = tracing.leaves(data["profile"])
    assert len(found) >= tracing.COUNT - 1
    name = f"whole-{language}"
    tracing.write_profile(server, name, data["profile"])
    assert outcome(server, language, program, name) == "ok"
    for left_out in range(len(found)):
        name = f"{language}-without-{left_out}"
        tracing.write_profile(server, name, found[:left_out] + found[left_out + 1:])
        assert outcome(server, language, program, name) == "failed", found[left_out]


def test_a_trace_changes_nothing_for_other_runs(tracing_server):
    program = tracing.steps("setuid")
    assert trace(tracing_server, "python3", program)["outcome"] == "ok"
    assert outcome(tracing_server, "python3", program) == "failed"


def test_a_program_that_needs_nothing_gets_nothing(tracing_server):
    data = trace(tracing_server, "python3", "print(1)")
    assert (data["stdout"], data["profile"]) == ("1\n", [])
    assert data["additions"].startswith("#") and "rules:" not in data["additions"]


def test_arguments_are_named_where_a_narrower_rule_is_possible(tracing_server):
    data = trace(tracing_server, "python3", tracing.steps("keep capabilities", "output queue", "mlockall"))
    entries = {leaf["allow"][0]: leaf.get("when") for leaf in tracing.leaves(data["profile"])}
    assert entries == {"prctl": [{"option": "PR_SET_KEEPCAPS"}], "ioctl": [{"request": "TIOCOUTQ"}], "mlockall": None}
    assert "request: TIOCOUTQ" in data["additions"] and "why:" in data["additions"]


def test_alike_calls_are_one_entry(tracing_server):
    data = trace(tracing_server, "python3", tracing.steps("setuid", "setgid", "setresuid"))
    assert [entry["allow"] for entry in data["profile"]] == [["setgid", "setresuid", "setuid"]]


def test_many_calls_are_no_reason_to_end_a_trace(tracing_server):
    data = trace(tracing_server, "python3", "import os\nfor _ in range(3000): os.setuid(os.getuid())\nprint('done')")
    assert (data["outcome"], data["stdout"]) == ("ok", "done\n")


def test_processes_are_one_line_of_the_configuration(tracing_server):
    data = trace(tracing_server, "python3", "import subprocess\nprint(subprocess.check_output(['echo', 'hi']))")
    assert (data["outcome"], data["stdout"]) == ("ok", "b'hi\\n'\n"), data
    assert "allow_processes: true" in data["additions"] and "rules:" not in data["additions"]
    assert "execve" in {leaf["allow"][0] for leaf in tracing.leaves(data["profile"])}


def test_the_network_is_named_and_not_given(tracing_server):
    code = "import socket\ntry: socket.socket()\nexcept PermissionError: print('refused')"
    data = trace(tracing_server, "python3", code)
    assert data["stdout"] == "refused\n" and data["profile"] == []
    assert data["additions"].startswith("# The request must ask for the network with enable_network: true")
    assert "\nenable_network" not in data["additions"]  # the configuration offers it


def test_the_deadline_holds(make_server):
    server = make_server({"app": {"admin_key": tracing.ADMIN_KEY}, "worker_timeout": 1})
    data = trace(server, "python3", "import os\nwhile True: os.setuid(os.getuid())")
    assert data["outcome"] == "timeout" and data["profile"][0]["allow"] == ["setuid"]


def test_a_process_that_a_traced_run_starts_ends_alone(tracing_server):
    code = "import os\nif os.fork() == 0: raise SystemExit(7)\nprint(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    assert trace(tracing_server, "python3", code)["stdout"] == "7\n"
