# SPDX-License-Identifier: Apache-2.0
"""Python programs of the kind that code nodes are full of: they run unchanged."""

import dify
import pytest
from programs import data_of, good, python_node, stdout_of, table

# behaviour: (program, its output)
PROGRAMS = {
    "json without the network": ("""
        import json
        def main() -> dict:
            return {"hello": "hello"}
        print(json.dumps(main()))
        """, '{"hello": "hello"}\n'),
    "urls in a text": (r"""
        import re
        print(re.findall(r'http[s]?://[^\s)]+', 'see [a](https://a.example/x?y=1) and http://b.example/ .'))
        """, "['https://a.example/x?y=1', 'http://b.example/']\n"),
    "what a program asks of its own process": ("""
        import os
        libraries = {line.split()[-1] for line in open('/proc/self/maps') if '.so' in line}
        fields = open('/proc/self/stat').read().rpartition(')')[2].split()
        print(any('libc' in name for name in libraries), int(open('/proc/self/statm').read().split()[1]) > 0,
              int(fields[1]) == os.getppid())
        """, "True True True\n"),
    "threads": ("""
        import threading
        results = []
        threads = [threading.Thread(target=results.append, args=(n,)) for n in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(sorted(results) == list(range(16)))
        """, "True\n"),
    "ThreadPoolExecutor": ("""
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            print(list(pool.map(lambda n: n * n, range(5))))
        """, "[0, 1, 4, 9, 16]\n"),
    "multiprocessing.dummy": ("""
        from multiprocessing.dummy import Pool
        with Pool(4) as pool:
            print(pool.map(str.upper, ['a', 'b']))
        """, "['A', 'B']\n"),
    "asyncio.run": ("""
        import asyncio
        async def one(n):
            await asyncio.sleep(0.01)
            return n
        async def main():
            return await asyncio.gather(*(one(n) for n in range(4)), asyncio.to_thread(len, 'abc'))
        print(asyncio.run(main()))
        """, "[0, 1, 2, 3, 3]\n"),
    "sqlite3 in memory and in a file": ("""
        import sqlite3
        for name in (':memory:', 'a.db', '/tmp/b.db'):
            with sqlite3.connect(name) as db:
                db.execute('create table t (n integer)')
                db.executemany('insert into t values (?)', [(n,) for n in range(10)])
            print(db.execute('select sum(n) from t').fetchone()[0])
        """, "45\n45\n45\n"),
    "decimal": ("from decimal import Decimal, getcontext\ngetcontext().prec = 30\nprint(Decimal(1) / Decimal(7))",
                "0.142857142857142857142857142857\n"),
    "csv": ("""
        import csv, io
        out = io.StringIO()
        csv.writer(out).writerows([['name', 'n'], ['a, "b"', 1]])
        print(list(csv.DictReader(io.StringIO(out.getvalue()))))
        """, """[{'name': 'a, "b"', 'n': '1'}]\n"""),
    "datetime": ("""
        from datetime import datetime, timedelta
        print((datetime.strptime('2024-02-28', '%Y-%m-%d') + timedelta(days=2)).strftime('%d/%m/%Y %A'))
        """, "01/03/2024 Friday\n"),
    "hashlib and hmac": ("""
        import hashlib, hmac
        print(hashlib.sha256(b'a').hexdigest()[:8], hmac.new(b'k', b'm', 'sha1').hexdigest()[:8], hashlib.md5(b'').hexdigest()[:4])
        """, "ca978112 772b71c8 d41d\n"),
    "uuid, random and secrets": ("""
        import random, secrets, uuid
        print(len({str(uuid.uuid1()), str(uuid.uuid4()), secrets.token_hex(), str(random.random())}))
        """, "4\n"),
    "who and where am I": ("""
        import getpass, os, platform, socket
        print(bool(platform.platform()), bool(socket.gethostname()), getpass.getuser(), os.getcwd() == os.environ['HOME'],
              os.cpu_count() > 0)
        """, "True True sandbox True True\n"),
    "zip, gzip and base64": ("""
        import base64, gzip, io, zipfile
        box = io.BytesIO()
        with zipfile.ZipFile(box, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr('a.txt', 'x' * 1000)
        print(zipfile.ZipFile(box).read('a.txt') == b'x' * 1000, base64.b64encode(gzip.decompress(gzip.compress(b'abc'))))
        """, "True b'YWJj'\n"),
    "random numbers and the null device": ("""
        print(len(open('/dev/urandom', 'rb').read(16)), len(open('/dev/null').read()))
        print('lost', file=open('/dev/null', 'w'))
        """, "16 0\n"),
    "signal handlers and timers": ("""
        import signal
        rung = []
        signal.signal(signal.SIGALRM, lambda *_: rung.append('alarm'))
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        while not rung:
            signal.pause()
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(rung[0])
        """, "alarm\n"),
    "dataclasses, pickle and copies": ("""
        import copy, dataclasses, pickle
        @dataclasses.dataclass
        class Point:
            x: int
        print(pickle.loads(pickle.dumps(Point(3))) == copy.deepcopy(Point(3)))
        """, "True\n"),
    "deep recursion ends in an exception": ("""
        def f(): return f()
        try: f()
        except RecursionError: print('too deep')
        """, "too deep\n"),
}


@table(PROGRAMS)
def test_program(server, code, expected):
    data = good(server, "python3", code)
    assert data["stdout"] == expected
    # uuid and platform try processes and sockets and do without; no call is refused for want of a rule.
    assert not [denied for denied in data["denied"] if not denied["rule"].endswith("(switched off)")]


def test_main_gets_its_inputs(server):
    code = """
        import re

        def main(arg1: str, arg2: int) -> dict:
            return {"result": re.sub("[aeiou]", "*", arg1) * arg2}
        """
    assert python_node(server, code, arg1="sandbox", arg2=2) == {"result": "s*ndb*xs*ndb*x"}


def test_print_without_a_result_is_null(server):
    assert python_node(server, "def main(arg1):\n    print(arg1)", arg1="only printed") is None


def test_a_result_that_is_not_json_is_told_with_its_type(server):
    with pytest.raises(dify.CodeExecutionError, match="TypeError: Object of type set is not JSON serializable"):
        python_node(server, "def main():\n    return {'result': {1, 2}}")


@pytest.mark.parametrize("setup", [
    "logging.basicConfig(level=logging.INFO, format='%(asctime)s - %(levelname)s - %(message)s')",
    "logging.basicConfig(level=logging.DEBUG)",
])
def test_logging_is_no_error(server, setup):
    data = good(server, "python3", f"import logging\n{setup}\nlogging.info('working')\nprint('done')")
    assert data["stdout"] == "done\n" and "working" in data["stderr"]


def test_warnings_are_no_error(server):
    data = good(server, "python3", "import warnings\nwarnings.warn('old')\nprint('done')")
    assert data["stdout"] == "done\n" and "UserWarning: old" in data["stderr"]


def test_globals_are_those_of_a_script(server):
    code = """
        def outer(): return inner()
        def inner(): return counter
        counter = 3
        print(__name__, outer())
        """
    assert stdout_of(server, "python3", code) == "__main__ 3\n"


def test_memory_that_runs_out_is_named(server):
    data = data_of(server, "python3", "print('before')\nblock = bytearray(4 << 30)")
    assert (data["outcome"], data["stdout"]) == ("out_of_memory", "before\n")
    assert "error: out of memory" in data["error"] and "limits.memory_mb" in data["error"]


# program: what its stderr says.
SHOWN_BY_NAME = {
    "error in the syntax": ("print(1)\nx = = 2", 'File "main.py", line 2\n    x = = 2'),
    "warning of the compiler": ("x = 1\nprint(x is 1)", 'main.py:2: SyntaxWarning: "is" with a literal'),
    "exception in a nested function": ("def f():\n    return [1 / 0 for _ in 'a']\nf()", 'File "main.py", line 2, in f'),
    "text in another encoding": ("# coding: latin-1\n1 / 0", 'File "main.py", line 2, in <module>\n    1 / 0'),
}


@table(SHOWN_BY_NAME)
def test_errors_name_the_users_file_and_nothing_of_ours(server, code, expected):
    data = data_of(server, "python3", code)
    assert expected in data["stderr"] and "<string>" not in data["stderr"]


def test_no_trace_function_is_left_to_the_program(server):
    code = "import sys, warnings\nprint(sys.gettrace(), [entry for entry in warnings.filters if entry[0] == 'error'])"
    assert stdout_of(server, "python3", code) == "None []\n"
