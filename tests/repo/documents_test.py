# SPDX-License-Identifier: Apache-2.0
"""Documents say what is true: generated ones are up to date, links lead to something."""

import re
import subprocess

import pytest
import sandgate
from repository import ROOT, files, name

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def documents() -> list:
    return [path for path in files() if path.suffix == ".md"]


def anchors(text: str) -> set:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+\s+(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_options_document_is_up_to_date():
    if not sandgate.binary().exists():
        pytest.fail(f"{sandgate.binary()} is not built")
    wanted = subprocess.run([sandgate.binary(), "config", "--docs"], stdout=subprocess.PIPE, text=True, check=True)
    assert (ROOT / "docs/config.md").read_text() == wanted.stdout, "run ./dev docs"


def test_readme_is_there():
    assert (ROOT / "README.md").exists()


def test_links_lead_to_something():
    problems = []
    for path in documents():
        for link in LINK.findall(path.read_text()):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            if not target.exists():
                problems.append(f"{name(path)}: {link}")
            elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
                problems.append(f"{name(path)}: no heading for {link}")
    assert not problems, "\n".join(problems)
