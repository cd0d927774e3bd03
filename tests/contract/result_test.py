# SPDX-License-Identifier: Apache-2.0
"""What a finished run answers: data, its keys, and what stands in `error`."""

import json

import dify
import pytest

RUN = "/v1/sandbox/run"
DATA_KEYS = ["stdout", "stderr", "error", "exit_code", "run_id", "outcome", "denied", "isolation", "usage"]


def data_of(server, language: str, code: str, **more) -> dict:
    reply = server.run(language, code, **more)
    assert (reply["code"], reply["message"]) == (0, "success"), reply
    dify.check_model(reply)
    return reply["data"]


def test_keys_and_their_order(server):
    status, headers, body = server.request("POST", RUN, {"language": "python3", "code": "print(1)"})
    assert (status, headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert body.startswith(b'{"code":0,"message":"success","data":{"stdout":"1\\n","stderr":"","error":"",'
                           b'"exit_code":0,')
    data = json.loads(body)["data"]
    assert list(data) == DATA_KEYS
    assert (data["outcome"], data["denied"]) == ("ok", [])
    assert list(data["isolation"]) == ["mode", "layers"]
    assert list(data["usage"]) == [
        "wall_ms", "queue_ms", "cpu_ms", "max_rss_bytes", "peak_memory_bytes", "peak_processes", "read_bytes",
        "written_bytes"]
    assert len(data["run_id"]) == 32


@pytest.mark.parametrize("language,code", [
    ("python3", "import sys; print('out'); print('warning', file=sys.stderr)"),
    ("nodejs", "console.log('out'); console.error('warning')"),
])
def test_stderr_of_a_good_run_is_no_error(server, language, code):
    data = data_of(server, language, code)
    assert (data["stdout"], data["stderr"], data["error"], data["exit_code"]) == ("out\n", "warning\n", "", 0)


def test_python_exception(server):
    data = data_of(server, "python3", "print('before')\nraise KeyError('lost')")
    assert data["stdout"] == "before\n"
    assert data["exit_code"] not in (0, -1)
    assert data["error"].startswith(f"process exited with code {data['exit_code']}\n")
    assert data["stderr"] in data["error"]
    assert "line 2, in <module>" in data["error"] and "KeyError: 'lost'" in data["error"]


def test_python_syntax_error(server):
    data = data_of(server, "python3", "def (:")
    assert "SyntaxError" in data["error"] and data["exit_code"] not in (0, -1)


def test_node_exception(server):
    data = data_of(server, "nodejs", "console.log('before')\nthrow new TypeError('lost')")
    assert (data["stdout"], data["exit_code"]) == ("before\n", 1)
    assert data["error"].startswith("process exited with code 1\n")
    assert "TypeError: lost" in data["error"]


def test_node_rejection_and_syntax_error(server):
    assert "nope" in data_of(server, "nodejs", "Promise.reject(new Error('nope'))")["error"]
    assert "SyntaxError" in data_of(server, "nodejs", "function (")["error"]


@pytest.mark.parametrize("language,code", [("python3", "raise SystemExit(3)"), ("nodejs", "process.exit(3)")])
def test_exit_code_alone(server, language, code):
    data = data_of(server, language, code)
    assert (data["exit_code"], data["error"], data["outcome"]) == (3, "process exited with code 3", "failed")


def test_exit_with_a_text(server):
    data = data_of(server, "python3", "import sys; sys.exit('bye')")
    assert (data["exit_code"], data["error"]) == (1, "process exited with code 1\nbye\n")


@pytest.mark.parametrize("language,code", [
    ("python3", "print('so far', flush=True)\nwhile True: pass"),
    ("nodejs", "console.log('so far'); while (true) {}"),
])
def test_timeout(make_server, language, code):
    data = data_of(make_server({"worker_timeout": 4}), language, code)
    assert (data["exit_code"], data["outcome"], data["stdout"]) == (-1, "timeout", "so far\n")
    assert data["error"].startswith("process exited with code -1\n")
    assert "error: timeout" in data["error"]


def test_refused_call_that_ends_a_program(server):
    code = "import ctypes\nprint(ctypes.CDLL(None).ptrace(0, 0, 0, 0))\nraise SystemExit(1)"
    data = data_of(server, "python3", code)
    assert "error: operation not permitted" in data["error"]
    assert [denied["syscall"] for denied in data["denied"]] == ["ptrace"]
    assert list(data["denied"][0]) == [
        "layer", "syscall", "number", "args", "object", "count", "rule", "why", "fix", "fix_in", "line"]


def test_signal(server):
    data = data_of(server, "python3", "import os; os.abort()")
    assert (data["exit_code"], data["outcome"]) == (-1, "signal")
    assert data["error"].startswith("process exited with code -1\n")
    assert "SIGABRT" in data["error"]


def test_stdin_is_empty(server):
    assert data_of(server, "python3", "import sys; print(repr(sys.stdin.read()))")["stdout"] == "''\n"
    assert "EOFError" in data_of(server, "python3", "input()")["error"]


@pytest.mark.parametrize("text", ["", "no newline", "\n\n", " tail \r\n", "a\tb\\\"'"])
def test_stdout_is_exact(server, text):
    assert data_of(server, "python3", f"import sys; sys.stdout.write({text!r})")["stdout"] == text
    assert data_of(server, "nodejs", f"process.stdout.write({json.dumps(text)})")["stdout"] == text


def test_escapes_in_the_reply(server):
    code = r"import sys; sys.stdout.buffer.write(b'<&>\xff\xc3(\x00\xe2\x80\xa8\xe2\x82\xac')"
    body = server.request("POST", RUN, {"language": "python3", "code": code})[2]
    assert b'"stdout":"\\u003c\\u0026\\u003e\\ufffd\\ufffd(\\u0000\\u2028\xe2\x82\xac"' in body


def test_nul_in_code_reaches_the_interpreter(server):
    data = data_of(server, "python3", "print(1)\0")
    assert data["exit_code"] != 0 and "null bytes" in data["error"]
    assert data_of(server, "nodejs", "console.log('a\0b'.length)")["stdout"] == "3\n"


def test_five_megabytes_of_code(server):
    code = "text = '" + "x" * 5_000_000 + "'\nprint(len(text))"
    assert data_of(server, "python3", code)["stdout"] == "5000000\n"
    code = "const text = '" + "x" * 5_000_000 + "'\nconsole.log(text.length)"
    assert data_of(server, "nodejs", code)["stdout"] == "5000000\n"


@pytest.mark.parametrize("language,preload,code,without", [
    ("python3", "value = 'preloaded'", "print(globals().get('value'))", "None\n"),
    ("nodejs", "var value = 'preloaded'", "console.log(typeof value === 'undefined' ? null : value)", "null\n"),
])
def test_preload_is_off_by_default(server, make_server, language, preload, code, without):
    assert data_of(server, language, code, preload=preload)["stdout"] == without
    enabled = make_server({"enable_preload": True})
    assert data_of(enabled, language, code, preload=preload)["stdout"] == "preloaded\n"


@pytest.mark.parametrize("language,code", [
    ("python3", "import os; print(os.environ['HTTPS_PROXY'], os.environ['HTTP_PROXY'])"),
    ("nodejs", "console.log(process.env.HTTPS_PROXY, process.env.HTTP_PROXY)"),
])
def test_proxies_reach_programs(make_server, language, code):
    server = make_server(env={"HTTPS_PROXY": "http://proxy:1", "HTTP_PROXY": "http://proxy:2"})
    assert data_of(server, language, code, enable_network=True)["stdout"] == "http://proxy:1 http://proxy:2\n"


def test_node_code_is_sloppy_common_js(server):
    code = "obj = {a: 1}; const path = require('path'); console.log(obj.a, path.join('a', 'b'), typeof module)"
    assert data_of(server, "nodejs", code)["stdout"] == "1 a/b object\n"
