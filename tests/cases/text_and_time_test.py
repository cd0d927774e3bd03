# SPDX-License-Identifier: Apache-2.0
"""Time zones and encodings: what a program prints is what its author wrote, byte for byte."""

import json

import pytest
from programs import javascript_node, python_node, stdout_of, table

TEXTS = ["测试", "Grüße", "مرحبا", "\U0001f600\U0001f468\u200d\U0001f469", "a\u0301", "\\n\\t'\"`${x}`", "line\r\nline",
         "{{inputs}}", "<<RESULT", "\ufeffbom", "%s {0}"]

ENCODINGS = {
    "gbk and back": ("print('测试'.encode('gbk').decode('gbk'))", "测试\n"),
    "gbk bytes": ("print('测试'.encode('gbk'))", "b'\\xb2\\xe2\\xca\\xd4'\n"),
    "shift_jis, big5 and latin-1": (
        "print('日本'.encode('shift_jis').decode('shift_jis'), '中'.encode('big5').decode('big5'), b'\\xe9'.decode('latin-1'))",
        "日本 中 é\n"),
    "utf-8 is the default everywhere": (
        "import locale, sys\nopen('ü.txt', 'w').write('ü')\nprint(sys.stdout.encoding, sys.getfilesystemencoding(), "
        "locale.getpreferredencoding(), open('ü.txt', 'rb').read())",
        "utf-8 utf-8 UTF-8 b'\\xc3\\xbc'\n"),
    "json with and without escapes": (
        "import json\nprint(json.dumps('测'), json.dumps('测', ensure_ascii=False))", '"\\u6d4b" "测"\n'),
    "unicode names": ("def größe(名): return 名 + 1\nprint(größe(1))", "2\n"),
}


@table(ENCODINGS)
def test_encoding(server, code, expected):
    assert stdout_of(server, "python3", code) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_text_survives_a_python_node(server, text):
    assert python_node(server, "def main(text):\n    return {'text': text}", text=text) == {"text": text}


@pytest.mark.parametrize("text", TEXTS)
def test_text_survives_a_javascript_node(server, text):
    assert javascript_node(server, "function main({text}) { return {text} }", text=text) == {"text": text}


def test_string_escaping_loop_never_fails(server):
    code = r"""
        def main(text: str) -> dict:
            result = ''
            for c in text:
                if c in '"\\':
                    result += '\\' + c
                elif c == '\n':
                    result += '\\n'
                else:
                    result += c
            return {"result": result}
        """
    text = 'He said "no\\yes"\nand left\n' * 20
    for _ in range(30):
        assert python_node(server, code, text=text) == {"result": json.dumps(text)[1:-1]}


LOCAL_TIME = {
    "python3": "from datetime import datetime\nprint(datetime.fromtimestamp(0).isoformat(), datetime.now().astimezone().utcoffset())",
    "nodejs": "const d = new Date(0); console.log(d.getHours(), new Date().getTimezoneOffset(), Intl.DateTimeFormat().resolvedOptions().timeZone)",
}


@pytest.mark.parametrize("language,expected", [
    ("python3", "1970-01-01T08:00:00 8:00:00\n"),
    ("nodejs", "8 -480 Asia/Shanghai\n"),
])
def test_the_servers_time_zone_is_the_programs(make_server, language, expected):
    assert stdout_of(make_server(env={"TZ": "Asia/Shanghai"}), language, LOCAL_TIME[language]) == expected


def test_zoneinfo(server):
    code = """
        from datetime import datetime, timezone
        from zoneinfo import ZoneInfo
        noon = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
        for name in ('Asia/Shanghai', 'America/New_York', 'Europe/Berlin'):
            print(noon.astimezone(ZoneInfo(name)).isoformat())
        """
    assert stdout_of(server, "python3", code).splitlines() == [
        "2024-07-01T20:00:00+08:00", "2024-07-01T08:00:00-04:00", "2024-07-01T14:00:00+02:00"]


def test_a_program_may_change_its_time_zone(server):
    code = "import os, time\nos.environ['TZ'] = 'Asia/Tokyo'\ntime.tzset()\nprint(time.tzname[0], time.localtime(0).tm_hour)"
    assert stdout_of(server, "python3", code) == "JST 9\n"
