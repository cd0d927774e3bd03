# SPDX-License-Identifier: Apache-2.0
"""Runs a row of programs.py, applies the fix that the reply offers, and runs it again.

Used by the tests of this suite and by results.py. Servers are kept by configuration, so that programs with
the same fix share one.
"""

import contextlib
import dataclasses
import http.server
import json
import re
import shutil
import threading
from pathlib import Path

import programs
import sandgate

STARTS_A_PROCESS = ("fork", "vfork", "clone")  # which one a libc uses is its own affair
CANNOT = "cannot be allowed: "
FIX_LINE = re.compile(r"^([a-z_.]+): (.+)$")
ADD_ENTRY = re.compile(r"^add (\S+) to the (\d+) entries of (\w+)$")
TOOL = "#!/bin/sh\necho passed\n"


def fix_value(text: str):
    """A value of YAML: a list in brackets, numbers in braces, true, a number or a text."""
    if text.startswith("{"):
        return {key: int(number) for key, number in re.findall(r"(\w+): (\d+)", text)}
    if text.startswith("["):
        items = re.findall(r'"[^"]*"|[^,\s][^,]*', text[1:-1])
        return [item.strip().strip('"') for item in items]
    return json.loads(text) if re.fullmatch(r"true|false|\d+", text) else text


def nested(key: str, value) -> dict:
    """{"a": {"b": value}} for "a.b"."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def apply_fix(config: dict, request: dict, entry: dict):
    """(configuration, request) with the fix of one entry of `denied`, as the entry itself says."""
    added = ADD_ENTRY.match(entry["fix"])
    if added:
        name, _, key = added.groups()
        return sandgate.merged(config, {key: [*config[key], name]}), request
    key, value = FIX_LINE.match(entry["fix"]).groups()
    change = nested(key, fix_value(value))
    if "conf/config.yaml" in entry["fix_in"]:
        config = sandgate.merged(config, change)
    if "request" in entry["fix_in"]:
        request = {**request, **change}
    return config, request


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers GET; a proxy's CONNECT is refused, as this handler knows no such method."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


class Bench(contextlib.AbstractContextManager):
    """Servers by mode and configuration, an HTTP server, and files outside of what runs see."""

    def __init__(self):
        self.servers = {}
        self.upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        threading.Thread(target=self.upstream.serve_forever, daemon=True).start()
        self.outside = Path(programs.OUTSIDE)
        shutil.rmtree(self.outside, ignore_errors=True)
        self.outside.mkdir(parents=True, mode=0o755)
        (self.outside / "data.txt").write_text("data")
        (self.outside / "closed").mkdir()
        (self.outside / "closed/data.txt").write_text("data")
        (self.outside / "closed").chmod(0o700)
        (self.outside / "tool").write_text(TOOL)
        (self.outside / "tool").chmod(0o755)
        library = next(Path("/usr/lib").glob("*-linux-gnu*/libm.so.6"))
        shutil.copyfile(library.resolve(), self.outside / "libextra.so")

    def __exit__(self, *_):
        for server in self.servers.values():
            server.close()
        self.upstream.shutdown()
        self.upstream.server_close()
        shutil.rmtree(self.outside, ignore_errors=True)

    def server(self, mode: str, config: dict) -> sandgate.Server:
        key = (mode, json.dumps(config, sort_keys=True))
        if key not in self.servers:
            whole = sandgate.merged({"worker_timeout": 20}, config)
            self.servers[key] = sandgate.Server(mode=mode, config=whole).start()
        return self.servers[key]

    def fill(self, text: str) -> str:
        return text.replace("{port}", str(self.upstream.server_port))

    def run(self, mode: str, config: dict, row: programs.Row, request: dict) -> dict:
        """`data` of a run of the row's program."""
        config = json.loads(self.fill(json.dumps(config)))
        reply = self.server(mode, config).run(row.language, self.fill(row.code), **request)
        assert reply["code"] == 0, reply
        return reply["data"]


@dataclasses.dataclass
class Verdict:
    cause: tuple  # (layer, system call or object) that the reply names
    fix: str
    fix_in: str
    line: int
    works: bool  # the fix did what the row expects of it
    data: dict  # of the run that shows it


def judge(bench: Bench, row: programs.Row, mode: str) -> Verdict:
    request = {"enable_network": row.network}
    data = bench.run(mode, row.config, row, request)
    if not data["denied"]:
        return Verdict((), "", "", 0, False, data)
    entry = data["denied"][-1]
    call = "clone" if entry["syscall"] in STARTS_A_PROCESS else entry["syscall"]
    verdict = Verdict((entry["layer"], call or entry["object"]), entry["fix"], entry["fix_in"],
                      entry["line"], False, data)
    if row.expected == programs.NEVER:
        verdict.works = entry["fix"].startswith(CANNOT) and entry["fix_in"] == ""
    elif row.expected != programs.FIX:
        verdict.works = entry["fix"] == row.expected and entry["fix_in"].startswith("dependencies/")
    elif entry["fix_in"]:
        config, request = apply_fix(row.config, request, entry)
        verdict.data = bench.run(mode, config, row, request)
        verdict.works = (verdict.data["outcome"], verdict.data["denied"]) == ("ok", []) and "passed" in verdict.data["stdout"]
    return verdict
