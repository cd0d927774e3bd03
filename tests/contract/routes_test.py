# SPDX-License-Identifier: Apache-2.0
"""Routes, key, redirects and the shape of answers that involve no program."""

import json

import pytest
import sandgate

RUN = "/v1/sandbox/run"
DEPENDENCIES = "/v1/sandbox/dependencies"
JSON_TYPE = "application/json; charset=utf-8"
NO_KEY = {"X-Api-Key": None}


def test_health_is_a_json_string_without_key(plain_server):
    status, headers, body = plain_server.request("GET", "/health", headers=NO_KEY)
    assert (status, headers["content-type"], body) == (200, JSON_TYPE, b'"ok"')


def test_health_has_no_head(plain_server):
    assert plain_server.request("HEAD", "/health")[0] == 404


@pytest.mark.parametrize("method,path", [
    ("GET", "/"), ("GET", "/v1/sandbox"), ("GET", RUN), ("PUT", RUN), ("DELETE", "/health"),
    ("POST", "/health"), ("POST", DEPENDENCIES), ("GET", DEPENDENCIES + "/update"), ("OPTIONS", RUN),
    ("GET", "/v1//sandbox/run"), ("POST", "/V1/sandbox/run"),
])
@pytest.mark.parametrize("key", [{}, NO_KEY], ids=["key", "no-key"])
def test_unknown_path_or_method_is_404(plain_server, method, path, key):
    status, headers, body = plain_server.request(method, path, headers=key)
    assert (status, headers["content-type"], body) == (404, "text/plain; charset=utf-8", b"404 page not found")


@pytest.mark.parametrize("method,path,status", [
    ("POST", RUN, 307), ("POST", DEPENDENCIES + "/update", 307), ("GET", "/health", 301),
    ("GET", DEPENDENCIES, 301),
])
def test_trailing_slash_is_redirected_before_the_key(plain_server, method, path, status):
    got, headers, _ = plain_server.request(method, path + "/", headers=NO_KEY)
    assert (got, headers["location"]) == (status, path)


def test_redirect_keeps_the_query(plain_server):
    assert plain_server.request("POST", RUN + "/?a=1&b=2")[1]["location"] == RUN + "?a=1&b=2"


@pytest.mark.parametrize("key", [None, "", "wrong", sandgate.API_KEY + "x", sandgate.API_KEY[:-1]])
@pytest.mark.parametrize("method,path", [
    ("POST", RUN), ("GET", DEPENDENCIES), ("GET", DEPENDENCIES + "/refresh"), ("POST", DEPENDENCIES + "/update"),
])
def test_wrong_key_is_401_with_nothing_else(plain_server, method, path, key):
    status, headers, body = plain_server.request(method, path, b"{broken", {"X-Api-Key": key})
    assert (status, body) == (401, b"")
    assert "content-type" not in headers


def test_key_header_name_has_no_case(plain_server):
    body = json.dumps({"language": "ruby", "code": "x"}).encode()
    headers = {"X-Api-Key": None, "x-api-KEY": plain_server.key, "Content-Type": "application/json"}
    assert b"unsupported language" in plain_server.request("POST", RUN, body, headers)[2]


def test_environment_key_wins(start_server):
    server = start_server(env={"API_KEY": "from-environment"})
    server.key = "test-key"
    assert server.request("POST", RUN, {})[0] == 401
    server.key = "from-environment"
    assert server.request("POST", RUN, {})[0] == 400


@pytest.mark.parametrize("language", ["ruby", "javascript", "PYTHON3", "python", "python3 "])
def test_unknown_language_is_400(plain_server, language):
    status, headers, body = plain_server.request("POST", RUN, {"language": language, "code": "x"})
    assert (status, headers["content-type"]) == (400, JSON_TYPE)
    assert body == b'{"code":-400,"message":"unsupported language","data":null}'


def test_network_that_is_disabled_is_refused_in_words(start_server):
    server = start_server({"enable_network": False})
    status, headers, body = server.request("POST", RUN, {"language": "python3", "code": "x", "enable_network": True})
    assert (status, headers["content-type"]) == (200, JSON_TYPE)
    assert body == (b'{"code":-400,"message":"network is disabled, please enable it in the configuration",'
                    b'"data":null}')


def test_unknown_language_is_told_before_the_network(start_server):
    server = start_server({"enable_network": False})
    reply = server.run("ruby", "x", enable_network=True)
    assert reply["message"] == "unsupported language"


@pytest.mark.parametrize("path", [DEPENDENCIES, DEPENDENCIES + "?language=python3", DEPENDENCIES + "?language=nodejs",
                                  DEPENDENCIES + "/refresh"])
def test_dependencies_are_names_and_versions(plain_server, path):
    status, headers, body = plain_server.request("GET", path)
    reply = json.loads(body)
    assert (status, headers["content-type"]) == (200, JSON_TYPE)
    assert list(reply) == ["code", "message", "data"]
    assert (reply["code"], reply["message"], list(reply["data"])) == (0, "success", ["dependencies"])
    for dependency in reply["data"]["dependencies"]:
        assert list(dependency) == ["name", "version"]
        assert all(isinstance(value, str) for value in dependency.values())
        assert dependency["name"]


def test_dependencies_take_the_language_from_a_json_body(plain_server):
    status, _, body = plain_server.request("GET", DEPENDENCIES, {"language": "ruby"})
    assert (status, json.loads(body)["message"]) == (400, "unsupported language")
    assert json.loads(plain_server.request("GET", DEPENDENCIES, {"language": "python3"})[2])["code"] == 0


def test_dependencies_of_an_unknown_language(plain_server):
    status, _, body = plain_server.request("GET", DEPENDENCIES + "?language=ruby")
    assert (status, body) == (400, b'{"code":-400,"message":"unsupported language","data":null}')


def test_update_answers_an_empty_object(plain_server):
    status, _, body = plain_server.request("POST", DEPENDENCIES + "/update", {"language": "python3"})
    assert (status, body) == (200, b'{"code":0,"message":"success","data":{}}')


def test_one_connection_serves_many_requests(plain_server):
    connection = plain_server.connect()
    try:
        for _ in range(3):
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b'"ok"'
            port = connection.sock.getsockname()[1]
            connection.request("POST", RUN, b"{", {"X-Api-Key": plain_server.key, "Content-Type": "application/json"})
            assert b"unexpected EOF" in connection.getresponse().read()
            assert connection.sock.getsockname()[1] == port
    finally:
        connection.close()


def test_port_in_use_is_told(start_server, plain_server):
    second = sandgate.Server({"app": {"port": plain_server.port}}).spawn()
    try:
        assert second.wait_exit() != 0
        assert f":{plain_server.port}: Address already in use (EADDRINUSE); " in second.output()
    finally:
        second.close()


def test_each_request_but_health_is_one_log_line(start_server):
    server = start_server()
    trace, span = "a" * 32, "b" * 16
    server.request("POST", RUN, {"language": "ruby", "code": "x"}, {
        "traceparent": f"00-{trace}-{span}-01", "X-User-ID": "user-7", "X-User-Type": "account"})
    server.request("GET", "/health")
    server.request("GET", "/nothing", headers={"traceparent": f"01-{trace}-{span}-01"})
    sandgate.wait_for(lambda: len(requests_in(server)) >= 2, 10, "two request lines")
    run, nothing = requests_in(server)
    assert (run["path"], run["status"], run["code"]) == (RUN, 400, -400)
    assert run["message"] == 'unsupported language: "ruby"; there are python3 and nodejs, and templates are sent as python3'
    assert (run["trace_id"], run["span_id"]) == (trace, span)
    assert (run["user_id"], run["user_type"]) == ("user-7", "account")
    assert (nothing["path"], nothing["status"]) == ("/nothing", 404)
    assert nothing["trace_id"] != trace and len(nothing["trace_id"]) == 32


def requests_in(server) -> list:
    return [line for line in server.log_lines() if line.get("msg") == "request"]
