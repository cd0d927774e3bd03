# SPDX-License-Identifier: Apache-2.0
# Makes this CPython a fork server, given with -c behind python_run.py and show_uncaught.py; arguments: the path of
# sandgate-python.so, the folder of the environment of its children or nothing, then the modules to import ("?name":
# only where it is installed, and never from the environment). Everything here runs before there is any user code,
# except `child`, which runs in each child when every lock is in force.
#
# What a child does before and after the user's code costs by the page of shared memory that it changes,
# and each object that is named lies in another: so it names few, and those that can be found before are.


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
    import _random
    import atexit
    import functools
    import random
    import threading
    import time

    packages = environment and "%s/lib/python%d.%d/site-packages" % (environment, *sys.version_info[:2])
    run, show = _sandgate_run, show_uncaught
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

    def way_to_reseed():
        """A function that makes a child's random numbers its own."""
        ssl, numpy_random = sys.modules.get("_ssl"), sys.modules.get("numpy.random")
        random._inst.gauss_next = None  # with the line below what random.seed() does

        def reseed(seed=_random.Random.seed, instance=random._inst):
            seed(instance)
            # OpenSSL sees a fork by a new pid, which may be the same in another namespace.
            if ssl is not None and os.getpid() == spawner_pid:
                ssl.RAND_add(os.urandom(32), 32.0)
            if numpy_random is not None:
                numpy_random.seed()

        return reseed

    def ways_to_end():
        """Two functions for a child: one tells whether it has more to end than it was forked with, which needs nothing
        (threads, callbacks of atexit, pools of threads, handlers of logs); one ends all, as an interpreter does."""
        logging = sys.modules.get("logging")
        locks = getattr(threading, "_shutdown_locks", None)  # 3.8 to 3.12: one for each thread that is waited for
        callbacks = getattr(threading, "_threading_atexits", ())  # since 3.9
        handlers = logging._handlerList if logging else ()
        queues = pools._threads_queues.data if pools else ()
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

        def has_rest(registered=atexit._ncallbacks, locks=locks and set(locks), calls=len(callbacks),
                     handling=len(handlers), handler=handlers and handlers[-1]):
            # Hooks of a fork give `threading` another set.
            return (registered() > 0 or threading._shutdown_locks != locks or len(callbacks) != calls or len(queues) > 0
                    or len(handlers) != handling or (handlers and handlers[-1]) is not handler)

        def end_rest(join=threading._shutdown, run_callbacks=atexit._run_exitfuncs):
            steps = [join, run_callbacks]
            for callback in last:
                steps += functools.partial(atexit.register, callback), run_callbacks
            for step in steps:
                try:
                    step()
                except BaseException:
                    sys.excepthook(*sys.exc_info())

        # Whatever else was there may have something to end.
        if locks is None or not is_all or not keeps_nothing or len(queues) > 0:
            return lambda: True, end_rest
        return has_rest, end_rest

    def exit_status(value, stderr=sys.stderr):
        if value is None:
            return 0
        if isinstance(value, int):
            return value & 0xFF
        print(value, file=sys.stderr or stderr)
        return 1

    def finish(status, leave=os._exit):
        # As at the end of an interpreter, in its order, but the memory is left to the kernel.
        if has_rest():
            end_rest()
        elif pools:
            pools._shutdown = True  # what end_rest() comes to
        if not flush():
            status = 120
        for hidden in True, False:
            for name in list(main):
                if name.startswith("_") == hidden and name != "__builtins__":
                    main[name] = None
        if gc.isenabled():
            gc.collect()
        flush()
        leave(status)

    def flush():
        sound = True
        for stream in sys.stdout, sys.stderr:
            try:
                if stream is not None and not stream.closed:
                    stream.flush()
            except BaseException:
                sound = False
        return sound

    def child(changes, tell_native_id=threading.main_thread()._set_native_id):
        for variable in changes:  # of the environment: NAME=VALUE, or NAME alone, which goes
            name, is_set, value = variable.partition("=")
            if is_set:
                os.environ[name] = value
            else:
                del os.environ[name]
        tell_native_id()
        reseed()
        if environment:
            enter_environment()
            sys.path.insert(0, "")
        try:
            status = run(show, native.compile)
        except SystemExit as leaving:
            status = exit_status(leaving.code)
        except BaseException:
            status = 255
        finish(status)

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
        names, hook, stdout = set(main), sys.excepthook, os.dup(1)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        for _ in range(32):
            source, end = os.pipe()
            os.write(end, b"%08x" % 0 + program)
            os.close(end)
            reseed()
            if run(show, native.compile, source):
                raise RuntimeError("a program that all should run fails")
            has_rest()
            flush()
            for name in main.keys() - names:
                del main[name]
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(null)
        sys.excepthook = hook

    failure = ""
    try:
        warm()
        # A line that was printed has left the process: it is in the reply whatever ends the run.
        sys.stdout.reconfigure(line_buffering=True)
        pools = sys.modules.get("concurrent.futures.thread")
        reseed, (has_rest, end_rest) = way_to_reseed(), ways_to_end()
        rehearse()
    except BaseException as error:
        failure = str(error) or repr(error)
    os.register_at_fork = register_at_fork
    del main["_sandgate_start"], main["_sandgate_serve"], main["_sandgate_run"], main["show_uncaught"]
    for name in [name for name in os.environ if name.endswith(("_THREADS", "_MALLOC_CONF", "LD_BIND_NOW"))]:
        del os.environ[name]  # for what has been imported here, not for what a run imports
    if not environment:
        sys.path.insert(0, "")
    sys.argv = ["main.py"]
    flush()
    gc.collect()
    gc.freeze()
    gc.enable()
    os._exit(native.serve(child, failure, "\n".join(notes), needs_hooks))


def _sandgate_start(*functions):
    """Calls the last of them. All get a namespace of their own: in __main__ user code may name something else `len`."""
    names = {"__builtins__": __builtins__}
    for function in functions:
        name = function.__name__
        names[name] = type(function)(function.__code__, names, name, function.__defaults__)
    names[name]()


_sandgate_start(_sandgate_run, show_uncaught, _sandgate_serve)
