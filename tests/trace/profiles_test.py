# SPDX-License-Identifier: Apache-2.0
"""Profiles: used by every run or asked for by a request, and never more than other settings could give."""

import json

import pytest
import sandgate
import tracing
from tracing import outcome

SETUID = [{"allow": ["setuid"], "why": "a test"}]
PROGRAM = tracing.steps("setuid")


def refused_start(mode: str, entries, **config) -> str:
    """What a server says that does not start with a profile of these entries, or of this text."""
    server = sandgate.Server(mode=mode, config={"profile": "bad", **config})
    try:
        (server.folder / "profiles").mkdir()
        text = entries if isinstance(entries, str) else json.dumps({"rules": entries})
        (server.folder / "profiles/bad.yaml").write_text(text)
        server.spawn()
        assert server.wait_exit() == 1
        return server.stderr()
    finally:
        server.close()


def test_the_configuration_names_the_profile_of_every_run(mode):
    server = sandgate.Server(mode=mode, config={"profile": "mine", "profiles": {"folder": "sets", "in_requests": True}})
    (server.folder / "sets").mkdir()
    (server.folder / "sets/mine.yaml").write_text(json.dumps({"rules": SETUID}))
    with server:
        assert outcome(server, "python3", PROGRAM) == "ok"
        assert outcome(server, "python3", PROGRAM, "default") == "failed"


def test_a_request_chooses_a_profile(tracing_server):
    tracing.write_profile(tracing_server, "chosen", SETUID)
    assert outcome(tracing_server, "python3", PROGRAM) == "failed"
    assert outcome(tracing_server, "python3", PROGRAM, "chosen") == "ok"


def test_a_changed_file_is_read_again(tracing_server):
    tracing.write_profile(tracing_server, "changing", [])
    assert outcome(tracing_server, "python3", PROGRAM, "changing") == "failed"
    tracing.write_profile(tracing_server, "changing", SETUID)
    assert outcome(tracing_server, "python3", PROGRAM, "changing") == "ok"


def test_requests_may_not_choose_unless_the_operator_lets_them(server):
    reply = server.run("python3", "print(1)", profile="any")
    assert reply["code"] == -400 and "profiles.in_requests" in reply["message"]


@pytest.mark.parametrize("name", ["missing", "../config", "/etc/passwd", "UPPER", ".", "a\u0000b", "x" * 65, "ümlaut"])
def test_a_profile_that_is_not_there(tracing_server, name):
    reply = tracing_server.run("python3", "print(1)", profile=name)
    assert reply["code"] == -400 and "there is no profile" in reply["message"], reply


def test_a_broken_profile_fails_its_runs_only(tracing_server):
    tracing.write_profile(tracing_server, "broken", [{"allow": ["no_such_call"], "why": "x"}])
    reply = tracing_server.run("python3", "print(1)", profile="broken")
    assert reply["code"] == -500 and "broken.yaml" in reply["message"] and "no_such_call" in reply["message"]
    assert tracing_server.run("python3", "print(1)")["data"]["stdout"] == "1\n"


@pytest.mark.parametrize("entries,said", {
    "hazardous": ([{"allow": ["ptrace"], "why": "x"}], "ptrace is hazardous"),
    "hazardous arguments": ([{"allow": ["prctl"], "why": "x"}], "prctl with some of these arguments is hazardous"),
    "flags in memory": ([{"allow": ["clone3"], "why": "x"}], "clone3 cannot be allowed"),
    "drivers": ([{"allow": ["ioctl"], "when": {"request": "0x1234"}, "why": "x"}], "ioctl cannot be allowed"),
    "the network": ([{"allow": ["socket"], "when": {"domain": "AF_INET", "type": 1, "protocol": 0}, "why": "x"}],
                    "enable_network"),
    "no reason": ([{"allow": ["setuid"]}], "no `why`"),
    "another form": ([{"hazard": ["setuid"], "why": "x"}], "rule 1"),
    "an unknown key": ([*SETUID, {"allow": ["setgid"], "needs": "x", "why": "x"}], "rule 2"),
    "no YAML": ("rules: [", "bad.yaml"),
    "no rules": ("[]", "bad.yaml"),
}.values(), ids=str)
def test_a_profile_that_goes_too_far_or_is_wrong_stops_the_start(entries, said):
    assert said in refused_start("full", entries)


def test_a_missing_profile_stops_the_start():
    server = sandgate.Server(config={"profile": "missing"})
    try:
        server.spawn()
        assert server.wait_exit() == 1
        assert "there is no profile missing" in server.stderr()
    finally:
        server.close()


def test_hazards_need_the_operators_word_and_are_told(mode):
    server = sandgate.Server(mode=mode, config={"profile": "risky", "allow_hazardous_syscalls": True})
    (server.folder / "profiles").mkdir()
    (server.folder / "profiles/risky.yaml").write_text(json.dumps({"rules": [{"allow": ["ptrace"], "why": "x"}]}))
    with server:
        warnings = [line["msg"] for line in server.log_lines() if line.get("level") == "warn"]
        assert any("profile risky" in text and "ptrace" in text for text in warnings), warnings


def test_processes_of_a_profile_end_with_the_run(tracing_server):
    entries = tracing.trace(tracing_server, "python3", "import subprocess\nsubprocess.run(['true'])")["profile"]
    tracing.write_profile(tracing_server, "processes", entries)
    tracing_server.run("python3", "print(1)")
    before = tracing_server.counters_at_rest()
    code = "import subprocess\nsubprocess.Popen(['sleep', '1000'])\nprint('left')"
    assert outcome(tracing_server, "python3", code, "processes") == "ok"
    assert tracing_server.wait_settled(before)["children"] <= before["children"]


def test_where_processes_cannot_be_ended_a_profile_cannot_start_them():
    text = json.dumps({"rules": [{"allow": ["fork"], "why": "x"}]})
    assert "outlive their run" in refused_start("rootless", text)
