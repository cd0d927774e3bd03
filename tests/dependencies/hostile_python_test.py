# SPDX-License-Identifier: Apache-2.0
"""Claim: a wheel or source archive, however it is made, is installed into its environment or refused; nothing of it appears
anywhere else, and what it says of itself neither breaks nor floods what the server says of it."""

import io
import json
import stat
import tarfile
import zipfile

import pytest
import sandgate
from conftest import GOOD, environments, refusal_of, update, version_of
from packages import make_sdist, make_wheel

LINK = (stat.S_IFLNK | 0o777) << 16
DEVICE = (stat.S_IFCHR | 0o666) << 16
ENTRIES = {
    "up": ("../../../../../escaped.py", 0),
    "up from data": ("hostile-1.0.data/data/../../../../escaped", 0),
    "up from scripts": ("hostile-1.0.data/scripts/../../../../../escaped", 0),
    "absolute": ("{folder}/escaped.py", 0),
    "absolute in data": ("hostile-1.0.data/data/{folder}/escaped", 0),
    "link": ("link.py", LINK),
    "link as a folder": ("over", LINK),
    "device": ("device", DEVICE),
    "set-user-id": ("program", (stat.S_IFREG | 0o6777) << 16),
    "line feed": ("new\nline.py", 0),
    "escape": ("\x1b[2J.py", 0),
    "no UTF-8": ("latin-\xff.py", 0),
    "long": ("x" * 300 + ".py", 0),
    "deep": ("d/" * 300 + "x.py", 0),
}


def names_outside(site, server) -> list:
    """All files beside those of environments that could be the wheel's."""
    state = [path for path in (server.folder / "state").rglob("*") if "environments/python3-" not in str(path)]
    return [path for path in [*state, *site.folder.rglob("*")] if "escaped" in path.name]


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
@pytest.mark.modes("full")
def test_a_wheel_with_such_an_entry(served, entry):
    site, serve = served
    server = serve()
    name, mode = entry
    path = make_wheel(site.wheels, "hostile", "1.0")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name.replace("{folder}", str(site.folder)))
        info.external_attr = mode
        archive.writestr(info, "/etc/passwd")
        if mode == LINK:
            archive.writestr(zipfile.ZipInfo(info.filename + "/escaped"), "x")
    site.require(GOOD + "hostile\n")
    reply = update(server)
    assert reply["code"] in (0, -500), reply
    sandgate.wait_for(lambda: len(environments(server)) == 1, what="the old one to go")
    assert version_of(server, "good") == "1.0" and not names_outside(site, server)
    for name in environments(server):
        for path in (server.folder / "state/environments" / name).rglob("*"):
            status = path.lstat()
            assert stat.S_ISLNK(status.st_mode) or stat.S_IMODE(status.st_mode) in (0o644, 0o755), path
            assert stat.S_IFMT(status.st_mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK), path


MEMBERS = {
    "link out": {"type": tarfile.SYMTYPE, "linkname": "/etc"},
    "hard link out": {"type": tarfile.LNKTYPE, "linkname": "../../../../../etc/passwd"},
    "device": {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 1},
    "fifo": {"type": tarfile.FIFOTYPE},
    "set-user-id": {"mode": 0o6777},
    "closed": {"mode": 0, "type": tarfile.DIRTYPE},
    "up": {"name": "hostile-1.0/../../../../../escaped"},
}


@pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)
@pytest.mark.modes("full")
def test_a_source_archive_with_such_a_member(served, member):
    site, serve = served
    server = serve()
    path = make_sdist(site.wheels, "hostile", "1.0", "pass")
    with tarfile.open(path) as archive:
        members = [(one, archive.extractfile(one).read()) for one in archive]
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("hostile-1.0/evil")
        for key, value in member.items():
            setattr(info, key, value)
        archive.addfile(info)
        below = tarfile.TarInfo("hostile-1.0/evil/escaped")
        archive.addfile(below)
        for one, content in members:
            archive.addfile(one, io.BytesIO(content))
    site.require(GOOD + "hostile\n")
    reply = update(server)
    assert reply["code"] in (0, -500), reply
    sandgate.wait_for(lambda: len(environments(server)) == 1, what="the old one to go")
    assert version_of(server, "good") == "1.0" and not names_outside(site, server)


NAMES = {"long": "x" * (1 << 20), "escape": "\x1b[2J\x1b]0;title\x07", "markup": "<script>alert(1)</script>\u2028",
         "quotes": '"}, {"x": "\\', "lines": "a\r\nb"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.modes("full")
def test_a_package_that_lies_about_its_name(served, name):
    """By a start-up file that prints the list of packages itself."""
    site, serve = served
    server = serve()
    rows = json.dumps([[name, name, True, ["good"], []]])
    code = f"import os; print({rows!r}, flush=True), os._exit(0)\n"
    make_wheel(site.wheels, "hostile", "1.0", {"hostile.py": "", "hostile.pth": code})
    site.require(GOOD + "hostile\n")
    reply = update(server)
    text = refusal_of(site, server, GOOD + "hostile\n") if reply["code"] else ""
    assert len(text) < 2000 and name not in text
    shown = server.request("GET", "/ready", headers={"X-Api-Key": server.key})[2].decode() + server.output()
    assert len(shown) < 50_000 and "\x1b" not in shown


@pytest.mark.modes("full")
def test_a_module_whose_last_words_have_no_end(served):
    site, serve = served
    make_wheel(site.wheels, "wordy", "1.0", {"wordy.py": "raise SystemExit('\\x1b' * 500_000 + 'ended')\n"})
    text = refusal_of(site, serve(), GOOD + "wordy\n")
    assert "wordy 1.0 cannot be imported" in text and text.endswith("ended") and len(text) < 10_000


MARK = "import builtins, os; builtins.shadow = os.getpid()\n"
SHADOWS = {name: MARK for name in ("json.py", "encodings/__init__.py", "site.py", "os.py", "signal.py", "_frozen_importlib.py",
                                   "builtins.py", "ctypes/__init__.py", "sandgate.py")}


@pytest.mark.modes("full", "container")
def test_modules_with_names_of_pythons_own_reach_their_environment_only(site):
    first = "import sys; sys.path.sort(key=lambda path: 'site-packages' not in path)\n"
    make_wheel(site.wheels, "good", "1.0")
    make_wheel(site.wheels, "hostile", "1.0", {**SHADOWS, "hostile.py": "version = '1.0'\n", "first.pth": first})
    (site.folder / "hostile.txt").write_text("hostile\n")
    site.require(GOOD)
    server = site.serve(config={"environments": {"hostile": {"python_requirements": "hostile.txt"}}})
    code = "import builtins, json, os; print(os.getpid() == getattr(builtins, 'shadow', 0))"
    for _ in range(2):
        server.run("python3", code, environment="hostile")
        data = server.run("python3", code)["data"]
        assert data["stdout"] == "False\n", data
    assert server.healthy()


@pytest.mark.modes("full")
def test_a_name_of_an_environment_that_is_too_long(server):
    reply = server.run("python3", "pass", environment="e" * (1 << 20))
    assert reply["code"] == -400 and "there is no environment" in reply["message"] and len(reply["message"]) < 300
    reply = server.run("python3", "pass", environment="\x1b[2J")
    assert "\x1b" not in reply["message"]
