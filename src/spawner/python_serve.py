# SPDX-License-Identifier: Apache-2.0
# Makes this CPython a fork server, given with -c behind show_uncaught.py; arguments: the path of sandgate-python.so,
# the folder of the environment of its children or nothing, then the modules to import ("?name": only where it is
# installed, and never from the environment). Everything here runs before there is any user code, except what is
# given to native.prepare(): that a child calls when every lock is in force, and most of it only where a run needs it
# (python_child.cc).


def _sandgate_serve():
    import sys

    if "t" in getattr(sys, "abiflags", ""):
        raise SystemExit("a free-threaded Python cannot be forked")
    sys.path.remove("")  # the working directory is the children's business
    import _frozen_importlib
    import _imp
    import gc
    import os

    # First of all: what is imported from now on lies together, and nothing is collected, which would leave holes.
    gc.disable()
    library, environment, modules = sys.argv[1], sys.argv[2], sys.argv[3:]
    native = _imp.create_dynamic(_frozen_importlib.ModuleSpec("_sandgate", None, origin=library))
    sys.modules.pop("_sandgate", None)

    # These make locks anew in a fork, which other threads may have held, and `random` seeds itself. Here no
    # other thread is, and children seed it; without such hooks a child touches half as much shared memory.
    needless = {"threading", "logging", "concurrent.futures.thread", "random", "asyncio.events"}
    needs_hooks = not needless.isdisjoint(sys.modules)  # they have told before this could note it
    register_at_fork = os.register_at_fork

    def note_hooks(**hooks):
        nonlocal needs_hooks
        needs_hooks = needs_hooks or sys._getframe(1).f_globals.get("__name__") not in needless
        register_at_fork(**hooks)

    os.register_at_fork = note_hooks
    import time

    packages = environment and "%s/lib/python%d.%d/site-packages" % (environment, *sys.version_info[:2])
    show_traceback, text_of = show_uncaught, source_text
    main = sys.modules["__main__"].__dict__
    notes = []
    spawner_pid = os.getpid()

    def check_threads(cause):
        # One that is about to end, as matplotlib's timer, is waited for.
        for pause in 0.001, 0.01, 0.1, 0.5, 0:
            names = native.threads()
            if len(names) == 1:
                return
            time.sleep(pause)
        if not names:
            raise RuntimeError("the threads cannot be counted: no procfs")
        raise RuntimeError("%s started %d threads (%s), which a fork would lose" % (
            cause, len(names) - 1, ", ".join(sorted(set(names)))))

    def warm_module(name, optional):
        try:
            __import__(name)
        except Exception as error:
            if not (optional and isinstance(error, ImportError)):
                notes.append("warm_modules: %s cannot be imported: %r" % (name, error))
        check_threads("importing " + name)

    def warm():
        check_threads("the interpreter")
        for name in modules:
            if name.startswith("?"):
                warm_module(name[1:], True)
        if environment:
            forget_others()
            sys.path.insert(first_of_system(), packages)
        for name in modules:
            if not name.startswith("?"):
                warm_module(name, False)
        if environment:
            sys.path.remove(packages)
            sys.modules.pop("sysconfig", None)  # remembers where the packages are

    def first_of_system():
        """Where the packages of the system begin in sys.path."""
        import site

        places = [sys.path.index(path) for path in site.getsitepackages() if path in sys.path]
        return min(places, default=len(sys.path))

    def forget_others():
        """The packages of the system, where the environment has one of them: they go together."""
        system = tuple(path + os.sep for path in sys.path[first_of_system():])
        loaded = [name for name, module in sys.modules.items() if str(getattr(module, "__file__", "")).startswith(system)]
        own = {name.partition(".")[0] for name in os.listdir(packages)}
        if not own.isdisjoint(name.partition(".")[0] for name in loaded):
            for name in loaded:
                del sys.modules[name]

    def enter_environment():
        """What the start of an interpreter in the environment does."""
        import site

        sys.prefix = sys.exec_prefix = environment
        sys.executable = environment + "/bin/python3"
        site.PREFIXES.insert(0, environment)
        at = first_of_system()
        system = sys.path[at:]
        del sys.path[at:]
        site.addsitedir(packages)
        sys.path += [path for path in system if path not in sys.path]
        for name in "sitecustomize", "usercustomize":
            if name in sys.modules:
                continue
            try:
                __import__(name)
            except ImportError:
                pass
            except Exception:
                sys.excepthook(*sys.exc_info())

    def prepare_children():
        import _random
        import atexit
        import random
        import threading

        pools = sys.modules.get("concurrent.futures.thread")

        def ways_to_reseed():
            """Functions that make a child's random numbers its own."""
            ssl, numpy_random = sys.modules.get("_ssl"), sys.modules.get("numpy.random")
            random._inst.gauss_next = None  # with the line below what random.seed() does
            seeds = [_random.Random.seed.__get__(random._inst)]

            def seed_openssl():
                # It sees a fork by a new pid, which may be the same in another namespace.
                if os.getpid() == spawner_pid:
                    ssl.RAND_add(os.urandom(32), 32.0)

            if ssl is not None:
                seeds.append(seed_openssl)
            if numpy_random is not None:
                seeds.append(numpy_random.seed)
            return tuple(seeds)

        def signs_of_rest():
            """How a child sees whether it has more to end than it was forked with, which needs nothing (threads, callbacks
            of atexit, pools of threads, handlers of logs): the number of callbacks that is to be 0, or None if it cannot
            see, the main thread's lock, the only one of threads that are waited for, and containers that are to stay
            as they are."""
            logging = sys.modules.get("logging")
            locks = getattr(threading, "_shutdown_locks", None)  # 3.8 to 3.12: one for each thread that is waited for
            callbacks = getattr(threading, "_threading_atexits", [])  # since 3.9
            handlers = logging._handlerList if logging else []
            queues = pools._threads_queues.data if pools else {}
            last = []  # what atexit calls at the end, when it has called what the user's code registers
            if pools and not callbacks:
                last.append(pools._python_exit)
            if logging:
                last.append(logging.shutdown)
            is_all = len(last) == atexit._ncallbacks() and len(callbacks) <= (pools is not None)
            if is_all:
                atexit._clear()
            else:
                last.clear()
            keeps_nothing = all(isinstance(handler(), (logging._StderrHandler, logging.NullHandler)) for handler in handlers)
            # Whatever else was there may have something to end.
            is_seen = locks is not None and is_all and keeps_nothing and len(queues) == 0
            watched = (callbacks, len(callbacks), None), (queues, 0, None), (handlers, len(handlers), (handlers or [None])[-1])
            main_lock = is_seen and threading.main_thread()._tstate_lock
            if is_seen:
                locks.intersection_update({main_lock})  # no other thread is there
            return last, atexit._ncallbacks if is_seen else None, main_lock, watched

        def end_rest(run_callbacks=atexit._run_exitfuncs):
            """As an interpreter does."""
            try:
                sys.modules["threading"]._shutdown()
            except BaseException:
                sys.excepthook(*sys.exc_info())
            for callback in [None, *last]:
                if callback:
                    atexit.register(callback)
                try:
                    run_callbacks()
                except BaseException:
                    pass  # it has told

        def show(kind, value, trace):
            show_traceback(kind, value, trace, native.sources())

        def set_up(changes):
            for variable in changes:  # of the environment: NAME=VALUE, or NAME alone, which goes
                name, is_set, value = variable.partition("=")
                if is_set:
                    os.environ[name] = value
                else:
                    del os.environ[name]
            threading.main_thread()._set_native_id()
            if environment:
                enter_environment()
                sys.path.insert(0, "")

        last, registered, main_lock, watched = signs_of_rest()
        process = threading.main_thread()._native_id = 2  # which most runs are, in a namespace of their own
        native.prepare(main, set_up, environment != "", process, ways_to_reseed(), compile, show, gc.isenabled,
                       registered, threading, main_lock, watched, end_rest, pools and pools.__dict__)
        main["__file__"] = "main.py"
        sys.excepthook = show

    def rehearse():
        """Runs what a run does, as often as CPython needs to have filled its caches (of attributes, and in the code
        of functions): what a child fills itself, it changes shared memory for."""
        program = b"def main(text):\n return {'text': text.upper()}\nprint(main('a'))\n"
        if {"json", "base64"} <= sys.modules.keys():  # as workflows call a function that somebody wrote
            program += b"""import json
from base64 import b64decode
result = main(**json.loads(b64decode('eyJ0ZXh0IjogImEifQ==').decode('utf-8')))
print('%s %s' % (json.dumps(result, indent=4), json.dumps(result)))
"""
        names, stdout = set(main), os.dup(1)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        for _ in range(32):
            source, end = os.pipe()
            os.write(end, b"%08x" % 0 + program)
            os.close(end)
            if native.run(source):
                raise RuntimeError("a program that all should run fails")
            native.flush()
            for name in main.keys() - names:
                del main[name]
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(null)

    def lend_lines():
        """What asks for lines of a program (tracebacks that it prints, warnings, inspect) reads the run's sources."""
        import linecache

        def reader(index):
            return lambda *_: text_of(native.sources()[index][1])

        linecache.cache.update({"preload.py": (reader(0),), "main.py": (reader(1),)})  # as linecache.lazycache() does
        main["__loader__"] = type(sys.implementation)(get_source=reader(1))  # for who asks a module, or clears that

    def make_ready():
        """What native.serve() asks for when no frame is left but this: (failure or nothing, notes, needs_hooks)."""
        sys.excepthook = sys.__excepthook__
        for name in "last_exc", "last_type", "last_value", "last_traceback":
            if hasattr(sys, name):
                delattr(sys, name)  # of the exception that has led here
        failure = ""
        try:
            warm()
            # A line that was printed has left the process: it is in the reply whatever ends the run.
            sys.stdout.reconfigure(line_buffering=True)
            prepare_children()
            lend_lines()
            rehearse()  # last: a dict that gets other keys later makes what was cached of it wrong
        except BaseException as error:
            failure = str(error) or repr(error)
        os.register_at_fork = register_at_fork
        for name in ("_sandgate_start", "_sandgate_serve", "show_uncaught", "source_text", "write_program"):
            del main[name]
        for name in [name for name in os.environ if name.endswith(("_THREADS", "_MALLOC_CONF", "LD_BIND_NOW"))]:
            del os.environ[name]  # for what has been imported here, not for what a run imports
        if not environment:
            sys.path.insert(0, "")
        sys.argv = ["main.py"]
        if hasattr(sys, "orig_argv"):  # since 3.10
            sys.orig_argv = [sys.executable, "-B", "main.py"]
        sys.stdout.flush()
        sys.stderr.flush()
        gc.collect()
        gc.freeze()
        gc.enable()
        return failure, "\n".join(notes), needs_hooks

    sys.excepthook = native.serve
    raise RuntimeError(make_ready)


def _sandgate_start(*functions):
    """Calls the last of them. All get a namespace of their own: in __main__ user code may name something else `len`."""
    names = {"__builtins__": __builtins__}
    for function in functions:
        name = function.__name__
        names[name] = type(function)(function.__code__, names, name, function.__defaults__)
    names[name]()


_sandgate_start(source_text, show_uncaught, _sandgate_serve)
