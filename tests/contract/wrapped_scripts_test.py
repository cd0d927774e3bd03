# SPDX-License-Identifier: Apache-2.0
"""The scripts that Dify wraps around a code node, end to end as its client sees them."""

import json

import dify
import pytest

INPUTS = {"name": "Gr\u00fc\u00dfe \U0001f600 <&>", "count": 3, "items": [1, 2.5, None, {"a": "'''"}]}


def test_python_node(server):
    code = "def main(name: str, count: int, items: list) -> dict:\n    return {'text': name * count, 'items': items}"
    result = json.loads(dify.marked(dify.execute(server, "python3", dify.python_script(code, INPUTS))))
    assert result == {"text": INPUTS["name"] * 3, "items": INPUTS["items"]}


def test_python_node_may_print(server):
    code = "def main():\n    print('debug')\n    return {'ok': True}"
    stdout = dify.execute(server, "python3", dify.python_script(code, {}))
    assert stdout.startswith("debug\n")
    assert json.loads(dify.marked(stdout)) == {"ok": True}


def test_python_node_that_fails_shows_the_editors_line(server):
    code = "def main(name):\n    x = 1\n    return {'x': name.missing}"
    with pytest.raises(dify.CodeExecutionError, match="line 3, in main") as caught:
        dify.execute(server, "python3", dify.python_script(code, {"name": "n"}))
    assert "AttributeError" in str(caught.value)


def test_python_node_with_a_large_result(server):
    code = "def main(n):\n    return {'text': 'x' * n}"
    result = json.loads(dify.marked(dify.execute(server, "python3", dify.python_script(code, {"n": 400_000}))))
    assert len(result["text"]) == 400_000


def test_node_node(server):
    code = "function main({name, count, items}) {\n  obj = {text: name.repeat(count), items}\n  return obj\n}"
    result = json.loads(dify.marked(dify.execute(server, "nodejs", dify.node_script(code, INPUTS))))
    assert result == {"text": INPUTS["name"] * 3, "items": INPUTS["items"]}


def test_node_async_main_gives_an_empty_object(server):
    code = "async function main() { return {a: 1} }"
    assert dify.marked(dify.execute(server, "nodejs", dify.node_script(code, {}))) == "{}"


def test_node_node_that_fails(server):
    with pytest.raises(dify.CodeExecutionError, match="ReferenceError: missing is not defined"):
        dify.execute(server, "nodejs", dify.node_script("function main() { return missing }", {}))


def test_missing_result_is_the_clients_error(server):
    with pytest.raises(dify.ResultError):
        dify.marked(dify.execute(server, "python3", "print('no marker')"))


@pytest.fixture
def jinja_server(server):
    """A server whose Python has jinja2."""
    if "No module named 'jinja2'" in server.run("python3", "import jinja2")["data"]["error"]:
        pytest.skip("the interpreter under test has no jinja2")
    return server


def test_template_node(jinja_server):
    template = "{% for i in items %}{{ i }};{% endfor %}{{ name|upper }} {{ missing }}"
    script = dify.jinja_script(template, {"items": [1, 2], "name": "\u00e9t\u00e9 '''"})
    stdout = dify.execute(jinja_server, "python3", script, preload=dify.JINJA_PRELOAD)
    assert dify.marked(stdout) == "1;2;\u00c9T\u00c9 ''' "


def test_template_node_with_preload_enabled(make_server, jinja_server):
    server = make_server({"enable_preload": True})
    script = dify.jinja_script("{{ a }}", {"a": 1})
    assert dify.marked(dify.execute(server, "python3", script, preload=dify.JINJA_PRELOAD)) == "1"


def test_template_node_that_fails(jinja_server):
    with pytest.raises(dify.CodeExecutionError, match="TemplateSyntaxError"):
        dify.execute(jinja_server, "python3", dify.jinja_script("{% if %}", {}))


@pytest.mark.parametrize("language,prefix,script", [
    ("python3", "#", dify.python_script("def main():\n    return {}", {})),
    ("nodejs", "//", dify.node_script("function main() { return {} }", {})),
])
def test_first_line_of_random_hex_is_harmless(server, language, prefix, script):
    assert dify.marked(dify.execute(server, language, f"{prefix} {'5a' * 700}\n{script}")) == "{}"


def test_network_that_is_off_is_told_to_the_author(make_server):
    server = make_server({"enable_network": False})
    with pytest.raises(dify.CodeExecutionError, match="Got error code: -400. .*network is disabled"):
        dify.execute(server, "python3", "print(1)")
