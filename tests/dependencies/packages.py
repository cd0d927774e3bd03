# SPDX-License-Identifier: Apache-2.0
"""Packages that the tests make themselves, so that nothing has to be fetched.

A wheel is written as it is installed; a source distribution has a build backend of its own, `BACKEND`, which runs
`code` of the test when pip builds it.
"""

import base64
import hashlib
import io
import json
import tarfile
import textwrap
import zipfile
from pathlib import Path

BACKEND = '''
import json, os, sys

def attack():
{code}

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    attack()
    name = "{name}-{version}-py3-none-any.whl"
    import shutil
    shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ready.whl"), os.path.join(wheel_directory, name))
    return name
'''


def row(path: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}"


def wheel_bytes(name: str, version: str, files: dict, requires=()) -> bytes:
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}",
             *(f"Requires-Dist: {one}" for one in requires)]
    all_files = {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}
    all_files[f"{info}/METADATA"] = ("\n".join(lines) + "\n").encode()
    all_files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [row(path, content) for path, content in all_files.items()] + [f"{info}/RECORD,,"]
    all_files[f"{info}/RECORD"] = ("\n".join(record) + "\n").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in all_files.items():
            archive.writestr(path, content)
    return out.getvalue()


def make_wheel(folder: Path, name: str, version: str, files=None, requires=()) -> Path:
    """A wheel in `folder`; without `files` it has one module with `version`."""
    files = {f"{name}.py": f"version = {version!r}\n"} if files is None else files
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    path.write_bytes(wheel_bytes(name, version, files, requires))
    return path


def make_sdist(folder: Path, name: str, version: str, code: str) -> Path:
    """A source distribution whose build runs `code`, the body of a function."""
    members = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(code=textwrap.indent(textwrap.dedent(code), "    "), name=name, version=version),
        "ready.whl": wheel_bytes(name, version, {f"{name}.py": f"version = {version!r}\n"}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(f"{name}-{version}/{member}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def make_tarball(folder: Path, name: str, version: str, files: dict) -> Path:
    """A package of npm as a tarball."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tgz"
    members = {"package.json": json.dumps({"name": name, "version": version, **files.pop("package.json", {})}), **files}
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members.items():
            entry = tarfile.TarInfo(f"package/{member}")
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
    return path
