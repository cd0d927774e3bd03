# SPDX-License-Identifier: Apache-2.0
# Makes this CPython a fork server, given with -c behind python_run.py and show_uncaught.py; arguments: the path of
# sandgate-python.so, the folder of the environment of its children or nothing, then the modules to import ("?name":
# only where it is installed, and never from the environment). Everything here runs before there is any user code,
# except `child`, which runs in each child when every lock is in force.


def _sandgate_serve():
    import sys

    sys.path.remove("")  # the working directory is the children's business
    import os

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
    import _frozen_importlib
    import _imp
    import atexit
    import gc
    import random
    import threading
    import time

    library, environment, modules = sys.argv[1], sys.argv[2], sys.argv[3:]
    packages = environment and "%s/lib/python%d.%d/site-packages" % (environment, *sys.version_info[:2])
    if "t" in getattr(sys, "abiflags", ""):
        raise SystemExit("a free-threaded Python cannot be forked")
    gc.disable()  # what is collected now would leave holes in the pages that children share
    native = _imp.create_dynamic(_frozen_importlib.ModuleSpec("_sandgate", None, origin=library))
    sys.modules.pop("_sandgate", None)
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

    def reseed(seed=random.seed):
        # OpenSSL sees a fork by a new pid, which may be the same in another namespace.
        seed()
        ssl = sys.modules.get("_ssl")
        if ssl is not None and os.getpid() == spawner_pid:
            ssl.RAND_add(os.urandom(32), 32.0)
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is not None:
            numpy_random.seed()

    def exit_status(value, stderr=sys.stderr):
        if value is None:
            return 0
        if isinstance(value, int):
            return value & 0xFF
        print(value, file=sys.stderr or stderr)
        return 1

    def finish(status, leave=os._exit, join=threading._shutdown, run_exit=atexit._run_exitfuncs):
        # As at the end of an interpreter, in its order, but the memory is left to the kernel.
        try:
            join()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        run_exit()
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

    failure = ""
    try:
        warm()
    except BaseException as error:
        failure = str(error) or repr(error)
    os.register_at_fork = register_at_fork
    del main["_sandgate_serve"], main["_sandgate_run"], main["show_uncaught"]
    for name in [name for name in os.environ if name.endswith(("_THREADS", "_MALLOC_CONF"))]:
        del os.environ[name]  # for what has been imported here, not for what a run imports
    sys.argv = ["main.py"]
    # A line that was printed has left the process: it is in the reply whatever ends the run.
    sys.stdout.reconfigure(line_buffering=True)
    flush()
    gc.collect()
    gc.freeze()
    gc.enable()
    os._exit(native.serve(child, failure, "\n".join(notes), needs_hooks))


_sandgate_serve()
