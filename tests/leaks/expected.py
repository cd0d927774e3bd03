# SPDX-License-Identifier: Apache-2.0
"""Which places are not defended, by mode: what the suite accepts, and what SECURITY.md must list.

`python3 tests/leaks/expected.py` writes the table of SECURITY.md; a test compares the two.
"""

from pathlib import Path

MODES = ("full", "container", "rootless")
SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
BEGIN, END = "<!-- leaks: begin -->\n", "<!-- leaks: end -->\n"

# place: (modes, whether it takes the network)
NOT_DEFENDED = {
    "time at which a shared file was last read": (("container", "rootless"), False),
    "times of a file of the server's user": (("rootless",), False),
    "mode of a file of the server's user": (("rootless",), False),
    "extended attribute of a file of the server's user": (("rootless",), False),
    "port that closes": (MODES, True),
    "round-trip time that TCP remembers": (MODES, True),
}


def not_defended(mode: str, network: bool) -> set:
    """The names of the places where a mark is found in this mode."""
    return {name for name, (modes, needs) in NOT_DEFENDED.items() if mode in modes and network >= needs}


def table() -> str:
    lines = ["| mark that a later run finds | modes | network |", "|---|---|---|"]
    lines += [f"| {name} | {', '.join(modes)} | {'on' if needs else 'on or off'} |"
              for name, (modes, needs) in NOT_DEFENDED.items()]
    return "\n".join(lines) + "\n"


def written() -> str:
    """SECURITY.md with this table."""
    before, _, rest = SECURITY.read_text().partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    SECURITY.write_text(written())
