# SPDX-License-Identifier: Apache-2.0
"""Clients that go on while something fails, and the claims that every test of this folder makes.

    with Clients(server) as clients:
        ...what fails, and its end
    clients.check()             each request was answered, or its connection ended cleanly
    wait_for_service(server)    both languages are served again

Used in the test process; the requests are short runs of Python and Node.js.
"""

import collections
import contextlib
import http.client
import json
import threading
import time
from pathlib import Path

import sandgate

# What is promised is 5 s; a machine that does other work meanwhile gets more.
SERVICE_SECONDS = 15.0
ANSWER_SECONDS = 60.0
DISK = " sandgate-test "  # the source of disks that tests mount
PROGRAMS = [("python3", "print({n})"), ("nodejs", "console.log({n})")]


def outcome_of(server, language: str, code: str, expected: str) -> str:
    """`served`, `failed` (as the reply says), `unable` (code -500), `full` (503), `cut` (the connection ended), or what
    is wrong."""
    body = {"language": language, "code": code, "preload": "", "enable_network": False}
    try:
        status, headers, data = server.request("POST", "/v1/sandbox/run", body, timeout=ANSWER_SECONDS)
    except TimeoutError:
        return "wrong: no answer"
    except (ConnectionError, http.client.BadStatusLine):
        return "cut"
    except http.client.HTTPException as error:
        return f"wrong: {error!r}"
    if status == 503:
        return "full"
    reply = json.loads(data)
    if reply["code"] == -500:
        return "unable"
    if reply["code"] == 0 and reply["data"]["stdout"] == expected:
        return "served"
    if reply["code"] == 0 and reply["data"]["outcome"] != "ok":
        return "failed"
    return f"wrong: {status} {str(reply)[:300]}"


class Clients:
    """`count` clients that ask for one short run after the other until the block ends."""

    def __init__(self, server, count: int = 4):
        self.server = server
        self.outcomes = collections.Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(count)]

    def _work(self, number: int):
        n = number
        while not self._stop.is_set():
            language, code = PROGRAMS[n % 2]
            outcome = outcome_of(self.server, language, code.format(n=n), f"{n}\n")
            with self._lock:
                self.outcomes[outcome] += 1
            if outcome != "served":
                time.sleep(0.02)  # a client that is refused does not come back at once
            n += len(self._threads) + 1

    def wait_for(self, outcome: str, more: int = 1, seconds: float = 30.0):
        """Until so many more requests have ended that way."""
        target = self.outcomes[outcome] + more
        sandgate.wait_for(lambda: self.outcomes[outcome] >= target, seconds,
                          f"{more} more {outcome!r} of {dict(self.outcomes)}")

    def check(self, *allowed: str):
        """All requests were served, or ended in one of the `allowed` ways."""
        unexpected = {name: count for name, count in self.outcomes.items() if name not in ("served", *allowed)}
        assert not unexpected, self.outcomes
        assert self.outcomes["served"], "none was served"

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def wait_for_service(server, count: int = 4):
    """Full service: as many runs at once as there are workers, in both languages."""
    def served():
        requests = [PROGRAMS[n % 2] for n in range(count)]
        replies = server.run_many([(language, code.format(n=7)) for language, code in requests])
        return all((reply.get("data") or {}).get("stdout") == "7\n" for reply in replies)
    sandgate.wait_for(served, SERVICE_SECONDS, "full service")


def mounts(server) -> list:
    """What is mounted, but for the disks of tests that run beside this one."""
    return [line for line in server.mounts() if DISK not in line]


def at_rest(server) -> dict:
    """What the server holds when it has served both languages and does nothing more."""
    wait_for_service(server)
    counters, since = held(server), time.monotonic()
    while time.monotonic() - since < 1.5:
        time.sleep(0.1)
        if held(server) != counters:
            counters, since = held(server), time.monotonic()
    return counters


def held(server) -> dict:
    return {**server.counters(), "mounts": len(mounts(server))}


def wait_for_rest(server, before: dict):
    """Until no more is held than before the fault. What a spawner made and did not tell of is found after 15 s."""
    def as_before():
        now = held(server)
        return all(now[name] <= before[name] for name in before)
    try:
        sandgate.wait_for(as_before, 45, "rest")
    except TimeoutError as error:
        raise AssertionError((before, held(server), children(server), server.fds())) from error


def children(server) -> list:
    """What the processes below the server are: name and state, and how they were started."""
    found = []
    for pid in server.children():
        with contextlib.suppress(OSError):  # one that has ended meanwhile
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found.append(f"{Path(f'/proc/{pid}/stat').read_text()[:40]} {line[:60]}")
    return found
