# SPDX-License-Identifier: Apache-2.0
"""Tracing over HTTP is the operator's: it is off without a key of its own, and no other key opens it."""

import pytest
import sandgate
from tracing import ADMIN_KEY

PATH = "/v1/sandbox/trace"
BODY = {"language": "python3", "code": "print(1)"}


def status(server, path: str, key, body=None) -> int:
    return server.request("POST", path, body or BODY, {"X-Api-Key": key})[0]


def test_without_an_admin_key_there_is_no_such_route(server):
    assert status(server, PATH, server.key) == 404
    assert status(server, PATH, "") == 404
    assert status(server, PATH + "/", server.key) == 404


@pytest.mark.parametrize("key", ["", None, "wrong", ADMIN_KEY[:-1], ADMIN_KEY + "x"])
def test_another_key_is_refused(tracing_server, key):
    assert status(tracing_server, PATH, key) == 401


def test_each_key_opens_its_own_routes_only(tracing_server):
    assert status(tracing_server, PATH, tracing_server.key) == 401
    assert status(tracing_server, PATH, ADMIN_KEY) == 200
    assert status(tracing_server, "/v1/sandbox/run", ADMIN_KEY) == 401
    assert status(tracing_server, "/v1/sandbox/run", tracing_server.key) == 200


def test_both_keys_must_differ():
    server = sandgate.Server(config={"app": {"admin_key": sandgate.API_KEY}})
    try:
        server.spawn()
        assert server.wait_exit() == 1
        assert "app.admin_key" in server.stderr() and sandgate.API_KEY not in server.stderr()
    finally:
        server.close()


def test_a_bad_body_is_told_as_for_a_run(tracing_server):
    assert status(tracing_server, PATH, ADMIN_KEY, {"language": "cobol", "code": "x"}) == 400
