# SPDX-License-Identifier: Apache-2.0
"""Each program's known cause is named, and the fix that is offered works, or it is said that there is none."""

import pytest
from programs import DOCUMENTED_OUTSIDE, OUTSIDE, ROWS
from results import DOCUMENT, row_of
from verdict import apply_fix, judge

BY_NAME = {row.name: row for row in ROWS}


@pytest.mark.parametrize("name", BY_NAME)
def test_cause_and_fix(bench, mode, name):
    row = BY_NAME[name]
    if mode not in row.modes:
        pytest.skip("the cause does not exist in this mode")
    found = judge(bench, row, mode)
    assert found.cause == row.cause(mode), found.data
    assert found.works, (found.fix, found.fix_in, found.data)


def test_there_are_enough_programs():
    assert len(ROWS) >= 60 and len(BY_NAME) == len(ROWS)
    assert {row.language for row in ROWS} == {"python3", "nodejs"}


def test_the_document_has_every_row():
    lines = set(DOCUMENT.read_text().splitlines())
    def line(row):
        return row_of(row, {mode: "yes" for mode in row.modes}).replace(OUTSIDE, DOCUMENTED_OUTSIDE)
    missing = [row.name for row in ROWS if line(row) not in lines]
    assert not missing, f"run ./dev docs: {missing}"


@pytest.mark.parametrize("fix,fix_in,config,request_fields", [
    ("limits.open_files: 64", "conf/config.yaml", {"limits": {"file_mb": 1, "open_files": 64}}, {}),
    ("limits: {file_mb: 2, scratch_mb: 3}", "conf/config.yaml", {"limits": {"file_mb": 2, "scratch_mb": 3}}, {}),
    ("allowed_syscalls: [a, b]", "conf/config.yaml", {"limits": {"file_mb": 1}, "allowed_syscalls": ["a", "b"]}, {}),
    ("enable_network: true", "request", {"limits": {"file_mb": 1}}, {"enable_network": True}),
])
def test_a_fix_is_applied_as_it_says(fix, fix_in, config, request_fields):
    assert apply_fix({"limits": {"file_mb": 1}}, {}, {"fix": fix, "fix_in": fix_in}) == (config, request_fields)
