# SPDX-License-Identifier: Apache-2.0
"""Claim: no attack gets through in any mode, but for what SECURITY.md says of that mode.

`sandgate selftest` makes the attacks and judges them; what it would notice is shown by broken_jail_test.py.
"""

import pytest
import results
import staging


def table_of(text: str, mode: str) -> list:
    """The lines of SECURITY.md about what is open in a mode."""
    _, between, _ = results.split(text)
    _, _, rest = between.partition(f"Not defended in `{mode}`:\n\n")
    return rest.partition("\n\n")[0].splitlines()


@pytest.mark.parametrize("mode", staging.MODES)
def test_nothing_gets_through(mode):
    status, report = staging.selftest(mode)
    assert report["mode"] == mode
    assert staging.of_verdict(report, "got_through") == {}
    assert staging.of_verdict(report, "inconclusive") == {}
    assert report["left_behind"] == []
    stale = {attack["name"]: attack["note"] for attack in report["attacks"] if attack["note"]}
    assert stale == {}, "said to be open and is not"
    assert status == 0
    documented = table_of(results.DOCUMENT.read_text(), mode)
    assert documented == (results.open_here(report) or ["- nothing of what is tried"]), "./dev docs writes it"


def test_table_counts_every_attack():
    _, between, _ = results.split(results.DOCUMENT.read_text())
    assert between.startswith(f"{len(staging.all_attacks())} attacks;"), "./dev docs writes it"
