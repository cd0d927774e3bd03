# SPDX-License-Identifier: Apache-2.0
"""What the suite shares: a folder of dependencies, and servers that install from it without any index."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
import sandgate

sys.path.insert(0, str(Path(__file__).resolve().parent))

import packages  # noqa: E402

BUILD_SECONDS = 60.0
GOOD = "good==1.0\n"


class Site:
    """A folder of dependencies, and what a server made of it."""

    def __init__(self, make):
        self.folder = Path(tempfile.mkdtemp(prefix="sandgate-test-deps-", dir="/srv"))  # not below /tmp, where runs have theirs
        self.folder.chmod(0o755)
        self.wheels = self.folder / "wheels"
        self.wheels.mkdir()
        self.make = make

    def require(self, text: str):
        (self.folder / "python-requirements.txt").write_text(text)

    def require_node(self, **dependencies):
        (self.folder / "package.json").write_text(json.dumps({"dependencies": dependencies}))

    def serve(self, config=None, env=None, **more):
        own = {"dependencies": {"folder": str(self.folder), "offline": True, "wait_seconds": int(BUILD_SECONDS)}}
        return self.make(config=sandgate.merged(own, config or {}), env=env, **more)


@pytest.fixture
def site(make_server):
    made = Site(make_server)
    yield made
    shutil.rmtree(made.folder)


def environments(server) -> list:
    """The folders of environments, whole or not."""
    return sorted(path.name for path in (server.folder / "state/environments").iterdir() if path.is_dir())


def built(server) -> list:
    """The log lines of installers that installed."""
    return [line for line in server.log_lines()
            if line.get("msg") == "installer" and line["program"] in ("pip", "npm")]


def version_of(server, name: str, **more) -> str:
    """What a run imports."""
    data = server.run("python3", f"import {name}; print({name}.version)", **more)["data"]
    assert data["outcome"] == "ok", data
    return data["stdout"].strip()


def listed(server, more="") -> dict:
    """Versions by name, as GET dependencies tells them; `more` goes into the query."""
    _, _, body = server.request("GET", f"/v1/sandbox/dependencies?language=python3{more}")
    return {one["name"]: one["version"] for one in json.loads(body)["data"]["dependencies"]}


def update(server, path="/v1/sandbox/dependencies/update?language=python3", method="POST") -> dict:
    status, _, body = server.request(method, path, timeout=BUILD_SECONDS)
    assert status == 200
    return json.loads(body)


@pytest.fixture
def served(site):
    """(site, server) with one package in use."""
    packages.make_wheel(site.wheels, "good", "1.0")
    site.require(GOOD)

    def serve(**more):
        server = site.serve(**more)
        assert version_of(server, "good") == "1.0"
        return server

    return site, serve


def refusal_of(site, server, requirements: str) -> str:
    """The error of an update to `requirements`, after which all must be as before."""
    before = environments(server)
    site.require(requirements)
    reply = update(server)
    assert reply["code"] == -500 and reply["data"] is None, reply
    assert version_of(server, "good") == "1.0"
    sandgate.wait_for(lambda: environments(server) == before, what="the folder of the failed build to go")
    told = [line["error"] for line in server.log_lines() if line["msg"].startswith("the packages could not be")]
    assert reply["message"] in told
    return reply["message"]
