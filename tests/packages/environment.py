# SPDX-License-Identifier: Apache-2.0
"""The packages under test, as a server installed them, and what their programs find around them.

Serve() starts a server that has requirements.txt, package.json and package-lock.json in its folder of dependencies, and
installs them as it does for everybody, from the registries that pip and npm use on this machine. What it made stays in
$SANDGATE_TEST_PACKAGES (/var/tmp/sandgate-test-packages), in a state_dir for each mode, so that a second run installs
nothing. Surroundings() starts the servers and makes the data that programs name as {HTTP}, {HTTPS}, {CLOSED} and {DATA}.
"""

import base64
import contextlib
import fcntl
import json
import os
import socket
import tempfile
from pathlib import Path

import container
import loopback
import sandgate

HERE = Path(__file__).resolve().parent
FILES = {"requirements.txt": "python-requirements.txt", "package.json": "package.json", "package-lock.json": "package-lock.json"}
IMAGE = "image"
INSTALL_SECONDS = 1800.0  # for both languages, on a slow network

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


def home() -> Path:
    """The folder that stays."""
    folder = Path(os.environ.get("SANDGATE_TEST_PACKAGES") or "/var/tmp/sandgate-test-packages")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{folder} belongs to somebody else")
    return folder


def write_dependencies(folder: Path):
    """The folder of dependencies. Files that are as they should be stay as they are."""
    folder.mkdir(exist_ok=True)
    for source, name in FILES.items():
        content = (HERE / source).read_bytes()
        file = folder / name
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)


def maker(data: str, mode: str):
    """What makes a server of `mode`, with the two folders that its environments need and with nothing else."""
    folder = home()
    state = folder / f"state-{mode}"
    state.mkdir(mode=0o755, exist_ok=True)
    if mode == IMAGE:
        arguments = container.installing(folder / "dependencies", state) + ["--volume", f"{data}:{data}:ro"]
        return lambda config, env: container.ContainerServer(config, env, profile="docker", arguments=arguments)
    own = {"dependencies": {"folder": str(folder / "dependencies")}, "state_dir": str(state)}
    return lambda config, env: sandgate.Server(sandgate.merged(own, config), env, mode=mode)


@contextlib.contextmanager
def serve(data: str, mode: str = "full", config=None, env=None):
    """A server with the packages and the data mount, and nothing else set that a program would notice, but the time: a
    busy machine needs more."""
    make = maker(data, mode)
    server = make(sandgate.merged({"read_only_paths": [data], "worker_timeout": 60}, config or {}), env)
    try:
        with open(home() / f"lock-{mode}", "w") as lock:  # one installs, the others use it
            fcntl.flock(lock, fcntl.LOCK_EX)
            write_dependencies(home() / "dependencies")
            with make({}, None) as installs:  # with no setting but the two folders
                installs.wait_packages(INSTALL_SECONDS)
            server.start().wait_packages(INSTALL_SECONDS)
        if any(line.get("msg") == "installer" for line in server.log_lines()):
            raise RuntimeError("what was installed was installed once more")
        yield server
    finally:
        server.close()


def versions(server) -> dict:
    """{language: {name of a package in lower case: its version}}, as the server lists them."""
    found = {}
    for language in ("python3", "nodejs"):
        _, _, body = server.request("GET", f"/v1/sandbox/dependencies?language={language}")
        rows = json.loads(body)["data"]["dependencies"]
        found[language] = {row["name"].lower().replace("_", "-"): row["version"] for row in rows}
    return found


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
