# SPDX-License-Identifier: Apache-2.0
"""Large outputs arrive byte for byte; an output over the limit is cut there and says so."""

import json

import pytest
from programs import data_of, python_node, stdout_of

# The list that a user's node built: 304,487 bytes of JSON.
FRUITS = """
import json
fruits = ['apple', 'banana', 'cherry', 'date', 'elderberry', 'fig', 'grape', 'honeydew', 'kiwi', 'lemon']
result = [(s * 600)[:3000] for s in fruits * 10]
text = json.dumps({'result': result})
print(text + ' ' * (304486 - len(text)))
"""


def fruits() -> str:
    names = ["apple", "banana", "cherry", "date", "elderberry", "fig", "grape", "honeydew", "kiwi", "lemon"]
    text = json.dumps({"result": [(name * 600)[:3000] for name in names * 10]})
    return text + " " * (304_486 - len(text)) + "\n"


def test_304487_bytes(server):
    stdout = stdout_of(server, "python3", FRUITS)
    assert len(stdout) == 304_487 and stdout == fruits()


@pytest.mark.parametrize("language,code", [
    ("python3", "import sys\nfor n in range(500_000): sys.stdout.write(f'{n:09}\\n')"),
    ("nodejs", "for (let n = 0; n < 500000; n += 1000)\n  console.log([...Array(1000).keys()].map(k => String(n + k).padStart(9, '0')).join('\\n'))"),
    ("nodejs", "process.stdout.write([...Array(500000).keys()].map(n => String(n).padStart(9, '0') + '\\n').join(''))"),
], ids=["python", "node in pieces", "node at once"])
def test_five_megabytes(server, language, code):
    assert stdout_of(server, language, code) == "".join(f"{n:09}\n" for n in range(500_000))


def test_five_megabytes_of_three_byte_characters(server):
    assert stdout_of(server, "python3", "print('测' * 1_700_000)") == "测" * 1_700_000 + "\n"


def test_a_large_result_of_a_node(server):
    code = "def main(n):\n    return {'rows': [{'id': i, 'name': 'x' * 100} for i in range(n)]}"
    rows = python_node(server, code, n=20_000)["rows"]
    assert len(rows) == 20_000 and rows[-1] == {"id": 19_999, "name": "x" * 100}


def test_large_inputs(server):
    text = "0123456789" * 200_000
    assert python_node(server, "def main(text):\n    return {'n': len(text)}", text=text) == {"n": 2_000_000}


def test_large_stderr_beside_stdout(server):
    code = "import sys\nfor n in range(20000):\n    print('o' * 49); print('e' * 49, file=sys.stderr)"
    data = data_of(server, "python3", code)
    assert (data["stdout"], data["stderr"], data["error"]) == (("o" * 49 + "\n") * 20_000, ("e" * 49 + "\n") * 20_000, "")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_over_the_limit(make_server, stream):
    server = make_server({"limits": {f"{stream}_bytes": 100_000}})
    data = data_of(server, "python3", f"import sys\nwhile True: sys.{stream}.write('x' * 999 + '\\n')")
    assert (data["outcome"], data["exit_code"]) == ("output_limit", -1)
    assert data[stream] == (("x" * 999 + "\n") * 101)[:100_000]
    assert f"error: output limit\n{stream} reached 100000 bytes" in data["error"]
    assert f"limits.{stream}_bytes" in data["error"]
