# SPDX-License-Identifier: Apache-2.0
"""From bytes to a run: JSON, forms and query, and the messages for what does not fit."""

import json

import pytest
import sandgate

RUN = "/v1/sandbox/run"
EXACT = "application/json"
JSON_TYPE = "application/json; charset=utf-8"
PLAIN_TYPE = "text/plain; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
NO_LANGUAGE = "Key: 'Language' Error:Field validation for 'Language' failed on the 'required' tag"
NO_CODE = "Key: 'Code' Error:Field validation for 'Code' failed on the 'required' tag"


def post(server, body: bytes, content_type=EXACT, path=RUN):
    return server.request("POST", path, body, {"Content-Type": content_type})


def message(server, body: bytes, content_type=EXACT, path=RUN) -> str:
    reply = json.loads(post(server, body, content_type, path)[2])
    assert list(reply) == ["code", "message", "data"]
    assert (reply["code"], reply["data"]) == (-400, None)
    return reply["message"]


@pytest.mark.parametrize("body,error", [
    (b"", "EOF"),
    (b"  \n", "EOF"),
    (b"{", "unexpected EOF"),
    (b'{"language":"python3"', "unexpected EOF"),
    (b"{bad}", "invalid character 'b' looking for beginning of object key string"),
    (b"bad", "invalid character 'b' looking for beginning of value"),
    (b'{"language":"python3",}', "invalid character '}' looking for beginning of object key string"),
    (b'{"a" 1}', "invalid character '1' after object key"),
    (b'{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
    (b'{"a":"\n"}', "invalid character '\\n' in string literal"),
    (b"[" * 100_000, "invalid character '[' exceeded max depth"),
    (b'{"language":"python3","code":1}', "json: cannot unmarshal number into Go struct field .code of type string"),
    (b'{"language":["x"],"code":"x"}', "json: cannot unmarshal array into Go struct field .language of type string"),
    (b'{"language":"python3","code":{}}', "json: cannot unmarshal object into Go struct field .code of type string"),
    (b'{"language":"python3","code":"x","preload":true}',
     "json: cannot unmarshal bool into Go struct field .preload of type string"),
    (b'{"language":"python3","code":"x","enable_network":"true"}',
     "json: cannot unmarshal string into Go struct field .enable_network of type bool"),
    (b'{"code":"x"}', NO_LANGUAGE),
    (b'{"language":"python3"}', NO_CODE),
    (b'{"language":"python3","code":""}', NO_CODE),
    (b"{}", NO_LANGUAGE + "\n" + NO_CODE),
    (b"null", NO_LANGUAGE + "\n" + NO_CODE),
])
def test_bad_json_is_400_and_says_why(plain_server, body, error):
    status, headers, _ = post(plain_server, body)
    assert (status, headers["content-type"]) == (400, PLAIN_TYPE)
    assert message(plain_server, body) == error


@pytest.mark.parametrize("content_type", [JSON_TYPE, "Application/JSON"])
def test_other_spellings_of_the_json_type_are_200(plain_server, content_type):
    status, headers, _ = post(plain_server, b"{", content_type)
    assert (status, headers["content-type"]) == (200, JSON_TYPE)
    assert message(plain_server, b"{", content_type) == "unexpected EOF"


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", None])
def test_other_types_are_read_as_an_empty_form(plain_server, content_type):
    body = b'{"language":"python3","code":"x"}'
    status, headers, _ = post(plain_server, body, content_type)
    assert (status, headers["content-type"]) == (200, JSON_TYPE)
    assert message(plain_server, body, content_type) == NO_LANGUAGE + "\n" + NO_CODE


@pytest.mark.parametrize("flag", ["yes", "on", "2", "tRUE"])
def test_flag_of_a_form_is_parsed_strictly(plain_server, flag):
    error = f'strconv.ParseBool: parsing "{flag}": invalid syntax'
    assert message(plain_server, f"language=python3&code=x&enable_network={flag}".encode(), FORM) == error


def test_broken_escape_of_a_form(plain_server):
    assert message(plain_server, b"language=%zz&code=x", FORM) == 'invalid URL escape "%zz"'


def test_multipart_without_boundary(plain_server):
    assert message(plain_server, b"x", "multipart/form-data") == "no multipart boundary param in Content-Type"


def stdout(server, body: bytes, content_type=EXACT, path=RUN) -> str:
    reply = json.loads(post(server, body, content_type, path)[2])
    assert reply["code"] == 0, reply
    assert reply["data"]["error"] == ""
    return reply["data"]["stdout"]


@pytest.mark.parametrize("body", [
    b'{"language": "python3", "code": "print(1)", "preload": "", "enable_network": false}',
    b'{"language":"python3","code":"print(1)"}',
    b'{"LANGUAGE":"python3","Code":"print(1)"}',
    b'{"language":"python3","code":"print(1)","preload":null,"enable_network":null}',
    b'{"language":"python3","code":"print(1)","dependencies":[{"name":"a","version":"1"}],"x":{"y":[1e5]}}',
    b'{"language":"python3","code":"print(1)"} and more',
    b'{"language":"python3","code":"print(2)","code":"\\u0070rint(1)"}',
])
def test_lenient_json(plain_server, body):
    assert stdout(plain_server, body) == "1\n"


def test_text_in_utf8_and_in_escapes_is_the_same(plain_server):
    code = "print('gr\u00fc\u00df \U0001f600')"
    for ascii_only in (True, False):
        body = json.dumps({"language": "python3", "code": code}, ensure_ascii=ascii_only).encode()
        assert stdout(plain_server, body) == "gr\u00fc\u00df \U0001f600\n"


def test_bytes_that_are_not_text_are_replaced(plain_server):
    body = b'{"language":"python3","code":"print(ascii(\'\xff\\ud800\'))"}'
    assert stdout(plain_server, body) == "'\\ufffd\\ufffd'\n"


def test_urlencoded_form(plain_server):
    assert stdout(plain_server, b"language=python3&code=print%281+%2B+1%29&enable_network=0", FORM) == "2\n"


def test_multipart_form(plain_server):
    body = (b'--frontier\r\nContent-Disposition: form-data; name="language"\r\n\r\npython3\r\n'
            b'--frontier\r\nContent-Disposition: form-data; name="code"; filename="a.py"\r\n'
            b"Content-Type: text/x-python\r\n\r\nprint(1)\r\nprint(2)\r\n--frontier--\r\n")
    assert stdout(plain_server, body, "multipart/form-data; boundary=frontier") == "1\n2\n"


def test_query_values(plain_server):
    assert stdout(plain_server, b"", FORM, RUN + "?language=python3&code=print(3)") == "3\n"


DOCUMENTED = [
    (b'{"language":"python3"}', EXACT), (b'{"code":"x"}', EXACT), (b"", EXACT), (b"{", EXACT),
    (b'{"code":"\n"}', EXACT), (b'{"code":1}', EXACT), (b"[]", EXACT), (b'{"language":"jinja2","code":"x"}', EXACT),
    (b"language=python3&code=x&enable_network=yes", FORM), (b"code=%zz", FORM), (b"code=a;b", FORM),
    (b"", "multipart/form-data"), (b"", "multipart/form-data; boundary=b"),
]


@pytest.mark.parametrize("body,content_type", DOCUMENTED)
def test_troubleshooting_has_the_text(plain_server, body, content_type):
    text = (sandgate.REPOSITORY / "docs/troubleshooting.md").read_text()
    rows = text[text.index("## Status 400"):].split("\n## ", 2)[0]
    told = message(plain_server, body, content_type)
    assert f"`{told}`" in rows, told


def test_an_environment_where_none_is_configured(plain_server):
    reply = message(plain_server, b'{"language":"python3","code":"pass","environment":"data"}')
    assert reply == 'environment: there is no environment "data": the configuration of the server names none (environments)'
