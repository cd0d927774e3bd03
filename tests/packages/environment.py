# SPDX-License-Identifier: Apache-2.0
"""The packages under test, installed, and what their programs find around them.

Installed() has the interpreters with the packages of requirements.txt and package-lock.json, from the registries that
pip and npm use on this machine. They are kept in $SANDGATE_TEST_PACKAGES (/var/tmp/sandgate-test-packages), by the
content of these files, so that only the first run waits. Surroundings() starts the servers and makes the data that
programs name as {HTTP}, {HTTPS}, {CLOSED} and {DATA}.
"""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import loopback

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
LISTS = ("requirements.txt", "package.json", "package-lock.json")

OPENAI = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}]}
ANSWERS = {
    "/v1/chat/completions": OPENAI,
    "/open-apis/auth/v3/tenant_access_token/internal": {"code": 0, "msg": "ok", "tenant_access_token": "t", "expire": 7200},
}
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "hello": 1, "world": 2}, "unk_token": "[UNK]"},
}


class Installed:
    """Interpreters with packages: .python and .node are programs, .node_packages is the folder with node_modules."""

    def __init__(self):
        home = Path(os.environ.get("SANDGATE_TEST_PACKAGES") or "/var/tmp/sandgate-test-packages")
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        if home.stat().st_uid != os.geteuid():
            raise RuntimeError(f"{home} belongs to somebody else")
        content = b"\0".join((HERE / name).read_bytes() for name in LISTS)
        self.folder = home / hashlib.sha256(content + PYTHON.encode()).hexdigest()[:16]
        self.python = self.folder / "python/bin/python"
        self.node = os.path.realpath(shutil.which("node") or shutil.which("nodejs"))
        self.node_packages = self.folder / "node"
        with open(home / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.folder / "complete").exists():
                self._install()

    def _install(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.node_packages.mkdir(parents=True)
        subprocess.run([PYTHON, "-m", "venv", self.folder / "python"], check=True)
        subprocess.run([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                        "--requirement", HERE / "requirements.txt"], check=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, self.node_packages)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=self.node_packages,
                       check=True)
        (self.folder / "complete").touch()

    def config(self, data: Path) -> dict:
        """The configuration of a server for them: where they lie, and the data mount. Nothing else."""
        return {"python_path": str(self.python), "nodejs_path": self.node, "nodejs_packages": str(self.node_packages),
                "read_only_paths": [str(data)]}

    def version(self, package: str) -> str:
        """What is installed of a distribution, or of a package of Node.js."""
        manifest = self.node_packages / "node_modules" / package / "package.json"
        if manifest.exists():
            return json.loads(manifest.read_text())["version"]
        pinned = dict(line.split("==") for line in (HERE / "requirements.txt").read_text().splitlines() if "==" in line)
        return {name.lower().replace("_", "-"): version for name, version in pinned.items()}[package.lower()]


def make_data(folder: Path):
    """What a data mount holds: vocabularies, and the certificate of the HTTPS server. Returns its (certificate, key)."""
    ranks = [bytes([value]) for value in range(256)] + [b"th", b"the"]
    (folder / "bytes.tiktoken").write_text("".join(f"{base64.b64encode(text).decode()} {rank}\n" for rank, text in enumerate(ranks)))
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer/tokenizer.json").write_text(json.dumps(TOKENIZER))
    (folder / "tokenizer/tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"}')
    certificate, key = loopback.make_certificate(folder)
    secret = folder.parent / "key.pem"
    key.rename(secret)
    certificate.rename(folder / "ca.pem")
    return folder / "ca.pem", secret


@contextlib.contextmanager
def surroundings():
    """{name: what a program has in place of {name}}."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandgate-test-", dir="/var/tmp")))
        home.chmod(0o755)
        data = home / "data"
        data.mkdir(mode=0o755)
        certificate, key = make_data(data)
        answers = {target: json.dumps(answer).encode() for target, answer in ANSWERS.items()}
        answers["/b/k"] = b""  # as S3 answers who puts an object
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))  # and never listens: whoever connects is refused
        yield {"DATA": str(data), "CLOSED": str(closed.getsockname()[1]),
               "HTTP": stack.enter_context(loopback.HttpServer(answers=answers)).url,
               "HTTPS": stack.enter_context(loopback.HttpServer(certificate, key)).url}


def run(server, language: str, program, around: dict) -> dict:
    """The reply to one run of a program."""
    code = program.code
    for name, value in around.items():
        code = code.replace("{" + name + "}", value)
    return server.run(language, code, enable_network=program.network)


def is_good(reply: dict, program) -> bool:
    data = reply["data"] or {}
    return (data.get("stdout"), data.get("error"), data.get("outcome")) == (program.prints, "", "ok")
