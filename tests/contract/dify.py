# SPDX-License-Identifier: Apache-2.0
"""The client's side of the contract: what Dify sends and how it takes an answer apart.

Written after the observed behaviour of Dify's code node. An answer that passes here gives a workflow the
same result as in Dify; one that does not raises what the workflow's author would see.
"""

import base64
import json
import re


class CodeExecutionError(Exception):
    """Dify shows this text as the node's error."""


class ResultError(ValueError):
    """The run was fine and its output is not what the node promised."""


def execute(server, language: str, code: str, preload: str = "") -> str:
    """Sends `code` as Dify does, the four keys in its order, and returns stdout."""
    body = {"language": language, "code": code, "preload": preload, "enable_network": True}
    status, _, data = server.request("POST", "/v1/sandbox/run", body)
    return stdout_of(status, data)


def stdout_of(status: int, data: bytes) -> str:
    if status == 503:
        raise CodeExecutionError("Code execution service is unavailable")
    if status != 200:
        raise CodeExecutionError(f"got status code {status}")
    try:
        reply = json.loads(data)
    except ValueError as error:
        raise CodeExecutionError("Failed to parse response") from error
    if reply.get("code") != 0:
        raise CodeExecutionError(f"Got error code: {reply['code']}. Got error msg: {reply['message']}")
    check_model(reply)
    if reply["data"]["error"]:
        raise CodeExecutionError(reply["data"]["error"])
    return reply["data"]["stdout"] or ""


def check_model(reply: dict):
    """The types that Dify's model of an answer insists on."""
    assert type(reply["code"]) is int and isinstance(reply["message"], str)
    assert isinstance(reply["data"], dict)
    for name in ("stdout", "error"):
        assert reply["data"][name] is None or isinstance(reply["data"][name], str)


def marked(stdout: str) -> str:
    """What stands between the first and the last result marker."""
    found = re.search(r"<<RESULT>>(.*)<<RESULT>>", stdout, re.DOTALL)
    if not found:
        raise ResultError("no result tag found in response")
    return found.group(1)


def encoded(inputs: dict) -> str:
    return base64.b64encode(json.dumps(inputs, ensure_ascii=False, separators=(",", ":")).encode()).decode()


def python_script(code: str, inputs: dict) -> str:
    """User code first, so that line numbers are the editor's, then the call of main()."""
    return f"""{code}

import json
from base64 import b64decode

inputs_obj = json.loads(b64decode('{encoded(inputs)}').decode('utf-8'))
output_obj = main(**inputs_obj)
output_json = json.dumps(output_obj, indent=4)
print(f'''<<RESULT>>{{output_json}}<<RESULT>>''')
"""


def node_script(code: str, inputs: dict) -> str:
    return f"""{code}

var inputs_obj = JSON.parse(Buffer.from('{encoded(inputs)}', 'base64').toString('utf-8'))
var output_obj = main(inputs_obj)
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${{output_json}}<<RESULT>>`
console.log(result)
"""


def jinja_script(template: str, inputs: dict) -> str:
    template_text = base64.b64encode(template.encode()).decode()
    return f"""import json
from base64 import b64decode

import jinja2

def main(**inputs):
    template = jinja2.Template(b64decode('{template_text}').decode('utf-8'))
    return template.render(**inputs)

inputs_obj = json.loads(b64decode('{encoded(inputs)}').decode('utf-8'))
output = main(**inputs_obj)
print(f'''<<RESULT>>{{output}}<<RESULT>>''')
"""


JINJA_PRELOAD = """
import jinja2
from base64 import b64decode

def _warm():
    jinja2.Template('{{s}}').render(s='a')

if __name__ == '__main__':
    _warm()
"""
