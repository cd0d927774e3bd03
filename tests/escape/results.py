# SPDX-License-Identifier: Apache-2.0
"""Writes the section "Proof" of SECURITY.md between its markers: what `sandgate selftest` found in each mode. Run
by ./dev docs, as root; escape_test.py compares.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import staging  # noqa: E402

DOCUMENT = HERE.parents[1] / "SECURITY.md"
BEGIN = "<!-- written by ./dev docs: what selftest found -->"
END = "<!-- end of what ./dev docs wrote -->"


def split(text: str) -> tuple:
    """What stands before, between and after the markers."""
    before, _, rest = text.partition(BEGIN + "\n")
    between, _, after = rest.partition(END)
    return before, between, after


def open_here(report: dict) -> list:
    """One line for each attack that a mode does not defend against; the proof, which differs from run to run, left out."""
    return [f"- `{attack['name']}`: {attack['detail'].partition(' (')[0]}" for attack in report["attacks"]
            if attack["verdict"] == "not_defended"]


def section(reports: dict, attacks: list) -> str:
    """The text between the markers."""
    families = sorted({attack["name"].partition("/")[0] for attack in attacks})
    lines = [f"{len(attacks)} attacks; a number is how many were held off or ended by their limit.", "",
             "| family | attacks | " + " | ".join(reports) + " |", "|---|--:|" + "--:|" * len(reports)]
    for family in families:
        count = sum(attack["name"].startswith(family + "/") for attack in attacks)
        held = [sum(one["family"] == family and one["verdict"] in ("held", "limit") for one in report["attacks"])
                for report in reports.values()]
        lines.append(f"| {family} | {count} | " + " | ".join(map(str, held)) + " |")
    for mode, report in reports.items():
        lines += ["", f"Not defended in `{mode}`:", "", *(open_here(report) or ["- nothing of what is tried"])]
        absent = staging.of_verdict(report, "not_possible")
        if absent:
            lines += ["", f"Not possible in `{mode}` as it is tested: " + ", ".join(f"`{name}`" for name in absent) + "."]
    never = [f"- `{attack['name']}`: {attack['never']}" for attack in attacks if attack["outside"] == "never"]
    lines += ["", f"{len(attacks) - len(never)} of the attacks are shown to get through where nothing stops them, "
              "before each release and every change. Not shown, for they would harm the machine or need what it has not:",
              "", *(never or ["- none"])]
    return "\n".join(lines) + "\n"


def main():
    attacks = staging.all_attacks()
    reports = {mode: staging.selftest(mode)[1] for mode in staging.MODES}
    before, _, after = split(DOCUMENT.read_text())
    DOCUMENT.write_text(before + BEGIN + "\n" + section(reports, attacks) + END + after)


if __name__ == "__main__":
    main()
