# SPDX-License-Identifier: Apache-2.0
"""The bill of materials of an image: an SPDX 2.3 document on standard output.

usage: bill.py ROOT VERSION

ROOT is the image's root folder, VERSION that of sandgate. Listed are Debian's packages (dpkg), Python's below
/usr/local (pip), npm and what it brings, Node.js, and what the server was built with. Two images with the same packages have the same
document but for the time, which is SOURCE_DATE_EPOCH or now.
"""

import email.parser
import hashlib
import json
import os
import re
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import quote

SIMPLE_LICENCE = re.compile(r"[A-Za-z0-9.+-]+")


def headers(text: str):
    return email.parser.Parser().parsestr(text, headersonly=True)


def debian_packages(root: Path):
    """(purl, name, version, licence) of what dpkg has installed."""
    for entry in (root / "var/lib/dpkg/status").read_text().split("\n\n"):
        fields = headers(entry)
        if fields.get("Status", "").endswith(" installed"):
            yield debian_package(fields["Package"], fields["Version"], fields["Architecture"])


def debian_package(name: str, version: str, architecture: str):
    purl = f"pkg:deb/debian/{quote(name, safe='+.-')}@{quote(version, safe='.-~')}?arch={architecture}&distro=bookworm"
    return purl, name, version, None


def built_with(root: Path):
    """Debian's packages that the server holds parts of, as the build stage wrote them down."""
    for line in (root / "usr/share/doc/sandgate/built-with").read_text().splitlines():
        yield debian_package(*line.split("\t"))


def python_packages(root: Path):
    for file in sorted(root.glob("usr/local/lib/python3*/dist-packages/*.dist-info/METADATA")):
        fields = headers(file.read_text())
        name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()
        yield f"pkg:pypi/{name}@{quote(fields['Version'])}", fields["Name"], fields["Version"], fields.get("License-Expression")


def node_packages(root: Path):
    """npm with what it brings, and Node.js itself, which is an npm package too."""
    modules = root / "usr/local/lib/node_modules"
    files = {*modules.glob("**/node_modules/*/package.json"), *modules.glob("**/node_modules/@*/*/package.json"),
             *modules.glob("*/package.json"), root / "usr/local/share/doc/node/package.json"}
    for file in sorted(files):
        package = json.loads(file.read_text())
        if "name" in package and "version" in package:
            yield (f"pkg:npm/{quote(package['name'], safe='/')}@{quote(package['version'])}", package["name"],
                   package["version"], package.get("license"))


def spdx_package(purl: str, name: str, version: str, licence) -> dict:
    known = isinstance(licence, str) and SIMPLE_LICENCE.fullmatch(licence)
    return {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", purl),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licence if known else "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
    }


def packages_of(listed) -> list:
    """Sorted, each once: npm brings some packages twice."""
    return [spdx_package(*package) for package in sorted({package[0]: package for package in listed}.values())]


def relation(one: str, kind: str, other: str) -> dict:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def document(root: Path, version: str) -> dict:
    server = spdx_package(f"pkg:generic/sandgate@{version}", "sandgate", version, "Apache-2.0")
    contained = packages_of([*debian_packages(root), *python_packages(root), *node_packages(root)])
    ids = {package["SPDXID"] for package in contained}
    sources = packages_of(built_with(root))
    packages = [server, *contained, *(package for package in sources if package["SPDXID"] not in ids)]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", server["SPDXID"])]
    relations += [relation(server["SPDXID"], "CONTAINS", package["SPDXID"]) for package in contained]
    relations += [relation(package["SPDXID"], "BUILD_DEPENDENCY_OF", server["SPDXID"]) for package in sources]
    content = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"sandgate-image-{version}",
        "documentNamespace": uuid.uuid5(uuid.NAMESPACE_OID, content).urn,
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
                         "creators": ["Tool: packaging/image/bill.py"]},
        "packages": packages,
        "relationships": relations,
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    json.dump(document(Path(sys.argv[1]), sys.argv[2]), sys.stdout, indent=1)
    print()
