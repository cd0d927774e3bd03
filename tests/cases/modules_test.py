# SPDX-License-Identifier: Apache-2.0
"""Python packages: one that is missing is named, and one that the interpreter has works in a run."""

import dify
import pytest
import sandgate
from programs import data_of, python_node, skip_without, stdout_of

PACKAGES = {
    "jinja2": ("import jinja2\nprint(jinja2.Template('{{ a }}').render(a=1))", "1\n"),
    "requests": ("import requests\nprint(requests.Request('GET', 'http://a', params={'b': 1}).prepare().url)", "http://a/?b=1\n"),
    "httpx": ("import httpx\nprint(httpx.URL('http://a/b').host)", "a\n"),
    "numpy": ("import numpy\na = numpy.ones((300, 300))\nprint((a @ a).sum())", "27000000.0\n"),
    "pandas": ("import pandas as pd\nprint(pd.DataFrame({'a': [1, 2], 'b': [3, 4]}).sum().to_dict())", "{'a': 3, 'b': 7}\n"),
    "matplotlib": ("import matplotlib.pyplot as plt\nplt.plot([1, 4, 2]); plt.savefig('/tmp/a.png')\n"
                   "print(open('/tmp/a.png', 'rb').read(4))", "b'\\x89PNG'\n"),
    "yaml": ("import yaml\nprint(yaml.safe_load('a: [1]'))", "{'a': [1]}\n"),
    "docx": ("from docx import Document\nd = Document()\nd.add_paragraph('x')\nd.save('a.docx')\nprint(1)", "1\n"),
    "PIL": ("from PIL import Image\nprint(Image.new('RGB', (2, 2)).size)", "(2, 2)\n"),
    "lxml": ("from lxml import etree\nprint(etree.fromstring('<a/>').tag)", "a\n"),
    "cv2": ("import cv2, numpy\nprint(cv2.resize(numpy.zeros((4, 4)), (2, 2)).shape)", "(2, 2)\n"),
    "boto3": ("import boto3\nprint(boto3.__name__)", "boto3\n"),
    "lark_oapi": ("import lark_oapi\nprint(1)", "1\n"),
    "transformers": ("import transformers\nprint(1)", "1\n"),
    "cryptography": ("from cryptography.fernet import Fernet\nk = Fernet.generate_key()\nprint(Fernet(k).decrypt(Fernet(k).encrypt(b'x')))",
                     "b'x'\n"),
}


@pytest.mark.parametrize("module", PACKAGES)
def test_a_package_that_is_there_works(server, module):
    skip_without(server, module)
    code, expected = PACKAGES[module]
    assert stdout_of(server, "python3", code) == expected


@pytest.mark.parametrize("module,code", [
    ("pandas", "import pandas as pd\ndef main(a, b):\n    df = pd.DataFrame({'a': [a], 'b': [b]})\n    return {'result': a + b}"),
    ("numpy", "import numpy\ndef main(a, b):\n    numpy.ones((500, 500)) @ numpy.ones((500, 500))\n    return {'result': a + b}"),
    ("requests", "import re, requests\ndef main(a, b):\n    return {'result': len(re.findall(r'http[s]?://[^\\s)]+', 'http://a ' * (a + b)))}"),
], ids=["pandas", "numpy", "requests"])
def test_a_code_node_with_a_package(server, module, code):
    skip_without(server, module)
    assert python_node(server, code, a=1, b=2) == {"result": 3}


def test_a_chart(server):
    skip_without(server, "matplotlib")
    skip_without(server, "pandas")
    code = "import pandas as pd\ndf = pd.DataFrame({'x': range(1, 6), 'y': [1, 4, 2, 5, 3]})\nprint(type(df.plot()).__name__)"
    assert stdout_of(server, "python3", code) == "Axes\n"


def test_a_chart_is_no_result(server):
    skip_without(server, "matplotlib")
    skip_without(server, "pandas")
    code = "import pandas as pd\ndef main():\n    return {'result': pd.DataFrame({'y': [1, 4]}).plot()}"
    with pytest.raises(dify.CodeExecutionError, match="Object of type Axes is not JSON serializable"):
        python_node(server, code)


def test_a_tokenizer_in_the_folder_of_dependencies(server):
    skip_without(server, "transformers")
    if not sandgate.RUNNING:
        pytest.skip("the servers of the tests have no such folder")
    code = "import transformers\nt = transformers.AutoTokenizer.from_pretrained('/dependencies/tokenizer', trust_remote_code=True)\n" \
           "print(t.encode('hello world'))"
    assert stdout_of(server, "python3", code) == "[1, 2]\n"


@pytest.mark.parametrize("code", [
    "import lark_oapi_missing",
    "from lark_oapi_missing.api import im",
    "import importlib\nimportlib.import_module('lark_oapi_missing')",
])
def test_a_missing_package_is_named(server, code):
    data = data_of(server, "python3", code)
    assert data["exit_code"] == 255
    assert [(entry["layer"], entry["object"].split(".")[0]) for entry in data["denied"]] == [("module", "lark_oapi_missing")]
    assert "\nerror: no such module\n" in data["error"]
    assert data["error"].rstrip().endswith("ModuleNotFoundError: No module named 'lark_oapi_missing'")


def test_a_code_node_with_a_missing_package(server):
    code = "import lark_oapi_missing\n\ndef main():\n    return {}"
    with pytest.raises(dify.CodeExecutionError, match="(?s)line 1.*No module named 'lark_oapi_missing'"):
        python_node(server, code)


def test_a_missing_package_may_be_caught(server):
    code = "try:\n    import ujson_missing as json\nexcept ImportError:\n    import json\nprint(json.dumps(1))"
    assert stdout_of(server, "python3", code) == "1\n"


def test_a_module_of_ones_own(server):
    code = "import sys\nopen('helper.py', 'w').write('def twice(n): return 2 * n')\nsys.path.insert(0, '.')\n" \
           "import helper\nprint(helper.twice(4))"
    assert stdout_of(server, "python3", code) == "8\n"


def test_a_template_that_attacks_is_contained(server):
    skip_without(server, "jinja2")
    template = "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('id').read() }}"
    with pytest.raises(dify.CodeExecutionError, match="error: operation not permitted"):
        dify.execute(server, "python3", dify.jinja_script(template, {}))


@pytest.mark.parametrize("module", [
    "ssl", "ctypes", "bz2", "lzma", "curses", "dbm", "readline", "sqlite3", "xml.etree.ElementTree", "unicodedata", "zoneinfo",
    "multiprocessing", "concurrent.futures.process", "resource", "mmap", "syslog", "venv", "statistics",
])
def test_the_standard_library_imports(server, module):
    data = data_of(server, "python3", f"import {module}\nprint(1)")
    if "ModuleNotFoundError" in data["error"]:
        pytest.skip(f"the interpreter under test has no {module}")
    assert (data["stdout"], data["error"], data["denied"]) == ("1\n", "", [])
