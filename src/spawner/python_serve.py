# SPDX-License-Identifier: Apache-2.0
# Makes this CPython a fork server, given with -c behind python_run.py and show_uncaught.py; arguments: the path of
# sandgate-python.so, then the modules to import ("?name": only where it is installed). Everything here
# runs before there is any user code, except `child`, which runs in each child when every lock is in force.


def _sandgate_serve():
    import sys

    sys.path.remove("")  # the working directory is the children's business
    import _frozen_importlib
    import _imp
    import atexit
    import gc
    import os
    import threading

    library, modules = sys.argv[1], sys.argv[2:]
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
        names = native.threads()
        if not names:
            raise RuntimeError("the threads cannot be counted: no procfs")
        if len(names) > 1:
            raise RuntimeError("%s started %d threads (%s), which a fork would lose" % (
                cause, len(names) - 1, ", ".join(sorted(set(names)))))

    def warm():
        check_threads("the interpreter")
        for name in modules:
            optional, name = name.startswith("?"), name.lstrip("?")
            try:
                __import__(name)
            except Exception as error:
                if not (optional and isinstance(error, ImportError)):
                    notes.append("warm_modules: %s cannot be imported: %r" % (name, error))
            check_threads("importing " + name)

    def reseed():
        # random has done it in a hook of its own. OpenSSL sees a fork by a new pid, which may be the same
        # in another namespace.
        ssl = sys.modules.get("_ssl")
        if ssl is not None and os.getpid() == spawner_pid:
            ssl.RAND_add(os.urandom(32), 32.0)
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is not None:
            numpy_random.seed()

    # What nearly every program touches first is copied to this child now, while it waits for its code.
    first_steps = """if True:
        class Point:
            def __init__(self, **values):
                self.values = values
        try:
            raise ValueError(encode(Point(n=1).values))
        except ValueError as error:
            f"{error}".split()
    """

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

    def child(environment):
        wanted = dict(variable.split("=", 1) for variable in environment)
        for name in [name for name in os.environ if name not in wanted]:
            del os.environ[name]
        for name in wanted:  # few differ, and each that is set touches memory that is shared until then
            if os.environ.get(name) != wanted[name]:
                os.environ[name] = wanted[name]
        sys.path.insert(0, "")
        reseed()
        exec(first_steps, {"__name__": "first_steps", "encode": getattr(sys.modules.get("json"), "dumps", str)})
        try:
            status = run(show)
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
    del main["_sandgate_serve"], main["_sandgate_run"], main["show_uncaught"]
    for name in [name for name in os.environ if name.endswith("_THREADS")]:
        del os.environ[name]  # for what has been imported here, not for what a run imports
    sys.argv = ["main.py"]
    # A line that was printed has left the process: it is in the reply whatever ends the run.
    sys.stdout.reconfigure(line_buffering=True)
    flush()
    gc.collect()
    gc.freeze()
    gc.enable()
    os._exit(native.serve(child, failure, "\n".join(notes)))


_sandgate_serve()
