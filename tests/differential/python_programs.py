# SPDX-License-Identifier: Apache-2.0
"""Python programs whose output, error and exit code must not depend on how the interpreter was started.

Each is run by a fork server and by a cold interpreter. None of them prints what may differ between two
runs: addresses, times, random numbers.
"""

PROGRAMS = {
    "print": "print('hello')",
    "no output": "pass",
    "empty lines": "print()\nprint('')\nprint('end', end='')",
    "unicode": "print('h\\u00e9llo \\u4e16\\u754c \\U0001f600')",
    "bytes to stdout": "import sys\nsys.stdout.buffer.write(b'\\xff\\x00abc')\nsys.stdout.buffer.flush()",
    "stderr": "import sys\nprint('to stderr', file=sys.stderr)",
    "both streams": "import sys\nfor i in range(3):\n    print(i)\n    print(-i, file=sys.stderr)",
    "big output": "for i in range(20000):\n    print('line', i)",
    "one long line": "print('x' * 300000)",
    "unflushed write": "import sys\nsys.stdout.write('no newline')",
    "stdin is empty": "import sys\nprint(repr(sys.stdin.read()), sys.stdin.isatty(), sys.stdin.fileno())",
    "streams": ("import sys\nfor s in sys.stdin, sys.stdout, sys.stderr:\n"
                "    print(s.name, s.mode, s.encoding, s.errors, s.isatty(), s.fileno(), s.seekable())"),
    "write through descriptor": "import os\nprint('a')\nos.write(1, b'b\\n')\nprint('c')",
    "exception": "def f():\n    return 1 / 0\nf()",
    "nested functions": "def a(): b()\ndef b(): c()\ndef c(): raise KeyError('k')\na()",
    "chained exceptions": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('v') from e",
    "exception in handler": "try:\n    {}['x']\nexcept KeyError:\n    [][1]",
    "exception with note": "e = ValueError('v')\nif hasattr(e, 'add_note'): e.add_note('a note')\nraise e",
    "exception in a class body": "class A:\n    x = undefined_name",
    "exception in comprehension": "[1 // (x - 2) for x in range(5)]",
    "exception in generator": "def g():\n    yield 1\n    raise OSError(2, 'gone', 'file')\nlist(g())",
    "exception in lambda": "(lambda x: x.missing)(1)",
    "custom exception": "class Odd(Exception):\n    def __str__(self): return 'odd one'\nraise Odd(1)",
    "unprintable exception": "class Bad(Exception):\n    def __str__(self): raise RuntimeError\nraise Bad",
    "recursion": "def f(n): return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError as e:\n    print(type(e).__name__)",
    "syntax error": "print('before')\nif True print('x')",
    "indentation error": "def f():\nreturn 1",
    "null byte in name": "x = 1\nprint(x\n",
    "syntax error in exec": "exec('a b')",
    "exit 0": "import sys\nsys.exit()",
    "exit 3": "import sys\nprint('out')\nsys.exit(3)",
    "exit 256": "import sys\nsys.exit(256)",
    "exit -1": "import sys\nsys.exit(-1)",
    "exit text": "import sys\nsys.exit('a message')",
    "exit True": "raise SystemExit(True)",
    "exit list": "raise SystemExit([1, 2])",
    "os._exit": "import os, sys\nprint('kept')\nos._exit(7)",
    "exit in function": "def f():\n    exit(4)\nf()",
    "exit in thread": "import sys, threading\nt = threading.Thread(target=lambda: sys.exit(5))\nt.start(); t.join()\nprint('on')",
    "atexit": "import atexit\natexit.register(print, 'first')\natexit.register(print, 'second')\nprint('main')",
    "atexit after exception": "import atexit\natexit.register(print, 'at exit')\nraise ValueError(1)",
    "atexit instead of what logging registers": (
        "import atexit, logging\natexit.unregister(logging.shutdown)\natexit.register(print, 'mine')"),
    "handler of logs that fails at the end": (
        "import logging, sys\nsys.unraisablehook = lambda *_: print('ignored')\n"
        "class Bad(logging.Handler):\n    def emit(self, record): pass\n    def flush(self): 1 / 0\n"
        "logging.getLogger().addHandler(Bad())\nprint('end', end='')"),
    "names of builtins": (
        "len = list = int = isinstance = 5\nimport sys, threading\nprint('end', end='')\nprint = 6\nsys.exit('text')"),
    "names of builtins, and an exception": (
        "len = list = int = str = type = isinstance = print = getattr = 5\nraise ValueError('v')"),
    "thread after one that has ended": (
        "import threading, time\nt = threading.Timer(9, print)\nt.start()\nt.cancel()\ntime.sleep(0.05)\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()"),
    "atexit cleared": "import atexit, logging\natexit._clear()\natexit.register(print, 'mine')",
    "configured handler of logs keeps lines back": (
        "import logging.config\nlogging.config.dictConfig({'version': 1, 'handlers': {\n"
        "    'out': {'class': 'logging.StreamHandler', 'stream': 'ext://sys.stdout'},\n"
        "    'kept': {'class': 'logging.handlers.MemoryHandler', 'capacity': 9, 'target': 'out'}},\n"
        "    'root': {'handlers': ['kept']}})\nlogging.warning('kept back')\nprint('end')"),
    "one handler of logs in the place of another": (
        "import logging, logging.handlers, sys\n"
        "target = logging.StreamHandler(sys.stdout)\ndel logging._handlerList[:]\n"
        "handler = logging.handlers.MemoryHandler(9, target=target)\n"
        "logging.getLogger().addHandler(handler)\nlogging.warning('kept back')\nprint('end')"),
    "pool left alone": (
        "from concurrent.futures import ThreadPoolExecutor\nimport time\n"
        "pool = ThreadPoolExecutor(1)\npool.submit(lambda: (time.sleep(0.05), print('from the pool')))\nprint('end')"),
    "pool at the end": (
        "import atexit\nfrom concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\n"
        "@atexit.register\ndef end():\n    try: pool.submit(print, 'late')\n    except RuntimeError as e: print(e)"),
    "pool in a finaliser": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\nclass Late:\n"
        "    def __del__(self, pool=pool, print=print):\n        try: pool.submit(print, 'late')\n"
        "        except RuntimeError as e: print(e)\nlate = Late()\nprint('end')"),
    "atexit fails": "import atexit\ndef f(): print('ran')\natexit.register(f)\natexit.register(lambda: print('also'))",
    "thread outlives main": ("import threading, time\ndef f():\n    time.sleep(0.05)\n    print('thread')\n"
                             "threading.Thread(target=f).start()\nprint('main')"),
    "daemon thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint('m')",
    "exception in thread": "import threading\nt = threading.Thread(target=lambda: None.x, name='T')\nt.start(); t.join()\nprint('on')",
    "threads and lock": ("import threading\nn = 0\nlock = threading.Lock()\ndef f():\n    global n\n"
                         "    for _ in range(1000):\n        with lock: n += 1\n"
                         "ts = [threading.Thread(target=f) for _ in range(8)]\n[t.start() for t in ts]\n"
                         "[t.join() for t in ts]\nprint(n, threading.active_count(), threading.current_thread().name)"),
    "thread pool": ("from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as p:\n"
                    "    print(list(p.map(lambda x: x * x, range(10))))"),
    "pool left open": "from concurrent.futures import ThreadPoolExecutor\np = ThreadPoolExecutor(2)\np.submit(print, 'job')",
    "timer": "import threading\nthreading.Timer(0.02, print, ['tick']).start()",
    "thread local": "import threading\nl = threading.local()\nl.x = 1\nprint(l.x)\nprint(threading.main_thread() is threading.current_thread())",
    "asyncio": "import asyncio\nasync def f(n):\n    await asyncio.sleep(0.01)\n    return n\nprint(asyncio.run(f(3)))",
    "asyncio gather": ("import asyncio\nasync def f(n):\n    await asyncio.sleep(0.001 * n)\n    print(n)\n    return n\n"
                       "async def main(): print(await asyncio.gather(*map(f, range(5))))\nasyncio.run(main())"),
    "asyncio exception": "import asyncio\nasync def f(): raise LookupError('x')\nasyncio.run(f())",
    "asyncio to thread": "import asyncio\nasync def f():\n    loop = asyncio.get_running_loop()\n    print(await loop.run_in_executor(None, sum, [1, 2]))\nasyncio.run(f())",
    "its stack": (
        "import inspect, sys, traceback\ndef f():\n    traceback.print_stack()\n    return len(inspect.stack())\nprint(f())\n"
        "try: sys._getframe(1)\nexcept ValueError as e: print(e)\nprint([n for n in dir(sys) if 'last_' in n], sys.exc_info())"),
    "warning of its caller": "import warnings\ndef f(): warnings.warn('mind', stacklevel=2)\nf()\nwarnings.warn('mind', stacklevel=2)",
    "never awaited": "async def f(): pass\nf()\nprint('end')",
    "signal handler": "import os, signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('got it'))\nsignal.raise_signal(signal.SIGUSR1)",
    "signal dispositions": "import signal\nprint([(int(s), str(signal.getsignal(s))) for s in sorted(signal.valid_signals()) if callable(signal.getsignal(s)) is False])",
    "abort": "import sys, os\nprint('x')\nos.abort()",
    "killed by signal": "import signal\nsignal.raise_signal(signal.SIGTERM)",
    "keyboard interrupt": "raise KeyboardInterrupt",
    "alarm": "import signal, time\nsignal.signal(signal.SIGALRM, lambda *_: print('alarm'))\nsignal.setitimer(signal.ITIMER_REAL, 0.02)\ntime.sleep(0.2)",
    "main is a module": "import sys, __main__\nprint(__main__.__dict__ is globals(), __name__, __main__.x if hasattr(__main__, 'x') else None)\nprint(sys.modules['__main__'] is __main__)",
    "names in main": "print(sorted(n for n in globals() if n not in ('__annotations__', '__cached__')))",
    "program_reads_itself": "import sys\nprint(len(open(__file__).read()), open(sys.argv[0]).readline(), __import__('os').listdir('.'))",
    "argv": "import sys\nprint(sys.argv, getattr(sys, 'orig_argv', 0), sys.flags.isolated, sys.flags.no_user_site, sys.flags.dont_write_bytecode)",
    "dataclass": "from dataclasses import dataclass, asdict\n@dataclass\nclass P:\n    x: int\n    y: int = 2\nprint(P(1), asdict(P(3)))",
    "pickle of main": "import pickle\nclass C:\n    def __init__(self): self.v = 5\nprint(pickle.loads(pickle.dumps(C())).v)",
    "class names": "class A: pass\nprint(A.__module__, A.__qualname__, repr(A))",
    "annotations": "x: int = 1\nprint(__annotations__)",
    "future import": "from __future__ import annotations\ndef f(a: undefined): return a\nprint(f.__annotations__)",
    "encoding line": "# -*- coding: latin-1 -*-\nprint(len('\\xe9'))",
    "json": "import json\nprint(json.dumps({'a': [1, 2.5, None, True], 'b': 'x'}, sort_keys=True))",
    "regular expressions": "import re\nprint(re.findall(r'(\\w)(\\d)', 'a1 b2'), re.sub('x+', '-', 'axxb'))",
    "decimal and fractions": "from decimal import *\nfrom fractions import Fraction\nprint(Decimal(1) / 3, getcontext().prec, Fraction(3, 6))",
    "datetime": "import datetime\nprint(datetime.date(2024, 2, 29).isoformat(), datetime.timedelta(days=1, hours=2))",
    "time zone": "import time, os\nprint(time.tzname, time.timezone, time.localtime(0).tm_hour, os.environ.get('TZ'))",
    "hashes": "import hashlib, hmac, zlib\nprint(hashlib.sha256(b'x').hexdigest(), hmac.new(b'k', b'm', 'md5').hexdigest(), zlib.crc32(b'x'))",
    "seeded random": "import random\nrandom.seed(7)\nprint(random.random(), random.sample(range(100), 3))\nprint(random.Random(1).random())",
    "warnings": "import warnings\nwarnings.warn('careful')\nwarnings.warn('careful')\nprint('end')",
    "deprecation warning": "import warnings\nwarnings.warn('old', DeprecationWarning)",
    "logging": "import logging\nlogging.warning('warn %d', 1)\nlogging.info('not shown')",
    "logging configured": "import logging\nlogging.basicConfig(level=logging.DEBUG, format='%(levelname)s %(message)s')\nlogging.debug('d')",
    "files": "import os, tempfile\nopen('a.txt', 'w').write('text')\nprint(open('a.txt').read(), sorted(os.listdir('.')))\nwith tempfile.TemporaryDirectory() as d: print(os.path.isdir(d))",
    "umask and mode": "import os\nopen('m', 'w').close()\nprint(oct(os.stat('m').st_mode), oct(os.umask(0)))",
    "open descriptors": "import os\nprint([fd for fd in range(64) if not os.system or _ok(fd)]) if 0 else None\ndef ok(fd):\n    try:\n        os.fstat(fd)\n        return True\n    except OSError: return False\nprint([fd for fd in range(64) if ok(fd)])",
    "import of an own module": "open('helper.py', 'w').write('value = 42\\nprint(__name__)')\nimport helper\nprint(helper.value)",
    "import error": "import no_such_module_at_all",
    "import error inside": "open('broken.py', 'w').write('def f():\\n    pass\\nraise TypeError(1)')\nimport broken",
    "runpy": "import runpy\nopen('s.py', 'w').write('print(__name__, __file__)')\nrunpy.run_path('s.py', run_name='__main__')",
    "gc churn": ("import gc\nclass N: pass\nfor _ in range(20000):\n    a, b = N(), N()\n    a.o, b.o = b, a\n"
                 "gc.collect()\nprint(sum(isinstance(o, N) for o in gc.get_objects()), gc.isenabled(), gc.get_threshold())"),
    "finalisers at the end": "class D:\n    def __init__(self, n): self.n = n\n    def __del__(self): print('del', self.n)\na = D(1)\nb = D(2)\nprint('end')",
    "finaliser in a cycle": "class D:\n    def __del__(self): print('del')\nd = D()\nd.me = d\nprint('end')",
    "weak references": "import weakref\nclass C: pass\nc = C()\nr = weakref.ref(c, lambda _: print('gone'))\ndel c\nprint(r())",
    "finalize": "import weakref\nclass C: pass\nc = C()\nweakref.finalize(c, print, 'finalized')\nprint('end')",
    "generator closed at the end": "def g():\n    try: yield 1\n    finally: print('closed')\nx = g()\nnext(x)\nprint('end')",
    "replaced excepthook": "import sys\nsys.excepthook = lambda k, v, t: print('mine', k.__name__, v)\n1 / 0",
    "failing excepthook": "import sys\ndef hook(*_):\n    return 1 / 0\nsys.excepthook = hook\n[][1]",
    "no excepthook": "import sys\ndel sys.excepthook\n[][1]",
    "excepthook that exits": "import sys\nsys.excepthook = lambda *_: sys.exit(7)\n[][1]",
    "exit with what has no text": (
        "import sys\nclass Odd:\n    def __str__(self):\n        raise ValueError('no text')\nsys.exit(Odd())"),
    "exit without stderr": "import sys\nsys.stderr = None\nsys.exit('unseen')",
    "exit without a stderr": "import sys\ndel sys.stderr\nsys.exit('unseen')",
    "exit with a large number": "raise SystemExit(2 ** 100)",
    "exit with a number of another class": (
        "class Odd(int):\n    def __and__(self, other):\n        return 'odd'\nraise SystemExit(Odd(3))"),
    "exit where print is another": "import builtins, sys\nbuiltins.print = None\nsys.exit('a message')",
    "exit whose code cannot be asked": (
        "class Odd(SystemExit):\n    @property\n    def code(self):\n        raise ValueError('no code')\nraise Odd(3)"),
    "failing excepthook, seen at the end": (
        "import atexit, sys\ndef hook(*_):\n    return 1 / 0\nsys.excepthook = hook\n"
        "atexit.register(lambda: print(sys.excepthook is hook))\n[][1]"),
    "exception without a stderr": "import sys\ndel sys.stderr\n[][1]",
    "stdout detached": "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8')\nprint('shown')",
    "thread of another threading module": (
        "import sys, time\nsys.modules.pop('threading', None)\nimport threading\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()"),
    "way to join threads replaced": "import threading\nthreading._shutdown = lambda: print('mine')",
    "name in main that is no text": "globals()[7] = 'seven'\nglobals()[''] = 'nothing'\nprint(globals()[7])",
    "finaliser that adds names": (
        "class Last:\n    def __del__(self):\n        globals()['later'] = 5\n        print('ended')\nlast = Last()"),
    "stdout that cannot be flushed": (
        "import sys\nclass Broken:\n    closed = False\n    def __repr__(self):\n        return 'broken'\n    def flush(self):\n        raise OSError('full')\n"
        "print('shown')\nsys.stdout = Broken()"),
    "stdout of another kind": "import io, sys\nsys.stdout = io.StringIO()\nprint('kept')\nsys.stderr.write('to stderr')",
    "finaliser that prints where stdout was replaced": (
        "import io, sys\nclass Last:\n    def __del__(self):\n        print('ended')\nlast = Last()\nsys.stdout = io.StringIO()"),
    "exception in a finaliser": (
        "class Last:\n    def __del__(self):\n        raise KeyError('at the end')\nlast = Last()\nprint('on')"),
    "replaced stdout": "import sys, io\nold = sys.stdout\nsys.stdout = io.StringIO()\nprint('hidden')\nold.write(sys.stdout.getvalue().upper())",
    "closed stdout": "import sys\nprint('a')\nsys.stdout.close()",
    "traceback module": "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    print(traceback.format_exc())",
    "source by inspect": "import inspect\ndef f(x):\n    return x + 1  # one more\nprint(inspect.getsource(f), inspect.getsource(type('A', (), {'f': f}).f))",
    "logged exception": "import logging\ntry:\n    {}['a']\nexcept KeyError:\n    logging.exception('it failed')\nlogging.warning('w', exc_info=True)",
    "mistyped name": "value = 1\nprint(vaule)",
    "mistyped attribute in a chain": "class A:\n    count = 1\ntry:\n    A().coutn\nexcept AttributeError as e:\n    raise ValueError('v') from e",
    "hints that are no hints": "try:\n    vaule = valeu\nexcept NameError:\n    raise NameError(\"mine. Did you mean: 'x'?\")",
    "name that nothing is like": "raise NameError('x').with_traceback(None)",
    "return outside": "x = 1\nreturn 5",
    "argument twice": "def f(a, a): pass",
    "separators that are no ends of lines": "s = 'a\u2028b\x0cc\x85'\n\x0c\nimport traceback, inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))\ntry:\n    boom = 1/0\nexcept Exception:\n    print(traceback.format_exc())\n1 / 0",
    "another encoding": "# coding: latin-1\ns = '\xe9'; 1/0",
    "cleared linecache": "import linecache, traceback\nlinecache.clearcache()\ntry:\n    1 / 0\nexcept Exception:\n    print(traceback.format_exc())",
    "output of C": "import ctypes\nctypes.CDLL(None).puts(b'from C')",
    "exit with a tuple": "import sys\nsys.exit((3,))",
    "exit with an empty tuple": "import sys\nsys.exit(())",
    "finaliser that uses a module and a function": (
        "import os\ndef say(text): print(text)\nclass Last:\n    def __init__(self, name): self.name = name\n"
        "    def __del__(self): say(os.path.join('end', self.name)); Last.count = 1\n_a = Last('a'); b = Last('b'); c = [Last('in a list')]"),
    "generators open at the end": (
        "import contextlib, os\ndef g():\n    try:\n        yield 1\n    finally:\n        print('closed', os.sep)\nopen_one = g(); next(open_one)\n"
        "@contextlib.contextmanager\ndef m():\n    try:\n        yield\n    finally:\n        print('left', os.sep)\nheld = m(); held.__enter__()"),
    "source of a function": "import linecache\nprint(repr(linecache.getline('main.py', 1)))\ntry:\n    raise ValueError\nexcept ValueError as e:\n    print(e.__traceback__.tb_lineno, e.__traceback__.tb_frame.f_code.co_filename)",
    "contextvars": "import contextvars\nv = contextvars.ContextVar('v', default=1)\nt = v.set(2)\nprint(v.get(), contextvars.copy_context()[v])",
    "queue": "import queue, threading\nq = queue.Queue()\nthreading.Thread(target=lambda: [q.put(i) for i in range(3)]).start()\nprint([q.get() for _ in range(3)])",
    "sqlite": "import sqlite3\nc = sqlite3.connect(':memory:')\nc.execute('create table t(x)')\nc.execute('insert into t values (1), (2)')\nprint(c.execute('select sum(x) from t').fetchall())",
    "ctypes": "import ctypes\nprint(ctypes.sizeof(ctypes.c_long), ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x + 1)(4))",
    "locale": "import locale, sys\nprint(locale.getlocale(), sys.getfilesystemencoding(), locale.setlocale(locale.LC_ALL, 'C'))",
    "environment": "import os\nprint(sorted(k for k in os.environ if k not in ('LD_PRELOAD', 'LC_CTYPE')), os.environ['HOME'] == os.getcwd())",
    "getenv of C": "import ctypes, os\ng = ctypes.CDLL(None).getenv\ng.restype = ctypes.c_char_p\nprint(g(b'TMPDIR') == os.environb[b'TMPDIR'], g(b'OMP_NUM_THREADS'))\nos.environ['NEW'] = '1'\nprint(g(b'NEW'))",
    "process ids": "import os, threading\nprint(threading.get_native_id() == os.getpid())\n"
                   "print(threading.main_thread().native_id == os.getpid())",
    "help and site": "print(copyright is not None, exit is not None, quit is not None)\nimport builtins\nprint(len([n for n in dir(builtins) if n.startswith('_') and n != '__build_class__']) > 5)",
    "path begins here": "import sys\nprint(repr(sys.path[0]), all(p.startswith('/') for p in sys.path[1:]))",
}

# Programs that print something new each time.
STREAMS = {
    "random": "import random\nprint(random.random(), random.getrandbits(64))",
    "secrets": "import secrets, uuid\nprint(secrets.token_hex(8), uuid.uuid4())",
    "ssl": "import ssl\nprint(ssl.RAND_bytes(16).hex())",
    "urandom": "import os\nprint(os.urandom(16).hex())",
    "tempfile": "import tempfile\nprint(tempfile.mktemp())",
    "random in a thread": "import random, threading\nt = threading.Thread(target=lambda: print(random.random()))\nt.start(); t.join()",
}
