# SPDX-License-Identifier: Apache-2.0
"""Claim: each attack works where nothing stops it, so that a refusal in the jail means something."""

import pytest
import staging


@pytest.mark.machine  # in namespaces of its own
@pytest.mark.parametrize("share", range(staging.SHARES))
def test_attacks_work_outside_of_the_jail(share):
    results = staging.controls(share)
    failed = [f"{name}: {result['said']}" for name, result in results.items()
              if not result["through"] and not result["not_possible"]]
    assert not failed, "\n".join(failed)
    absent = [name for name, result in results.items() if result["not_possible"]]
    print("not possible on this machine:", *absent)
    assert len(absent) <= len(results) // 20, absent


def test_attacks_are_many_and_few_lack_a_control():
    attacks = staging.all_attacks()
    never = [attack for attack in attacks if attack["outside"] == "never"]
    assert len(attacks) >= 120
    assert len(never) <= len(attacks) // 5, [attack["name"] for attack in never]
    assert {attack["language"] for attack in attacks} == {"python3", "nodejs"}
