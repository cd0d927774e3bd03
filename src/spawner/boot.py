# SPDX-License-Identifier: Apache-2.0
# First code of a Python run that starts cold, given with -c: every lock of the jail is in force already. Runs the
# user's code as __main__, from descriptor 3: 8 hex digits with the length of the preload, the preload, the code.
# Tracebacks show the user's lines and none of these. What few runs need, show_uncaught.py, is the
# argument: each line here is compiled in each run. python_child.cc does the same in a child of a fork server.


def _sandgate_boot():
    import os
    import sys

    rest = sys.argv.pop()
    parts = []
    while True:
        part = os.read(3, 1 << 16)
        if not part:
            break
        parts.append(part)
    os.close(3)
    data = b"".join(parts)
    preload_end = 8 + int(data[:8], 16)
    sources = [("preload.py", data[8:preload_end]), ("main.py", data[preload_end:])]
    main = sys.modules["__main__"].__dict__
    del main["_sandgate_boot"]
    main["__file__"] = "main.py"

    def from_the_rest(function):
        names = {}
        exec(rest, names)
        return names[function]

    # As in python_child.cc: one that may look for itself finds itself.
    if any(name in sources[1][1] for name in (b"__file__", b"argv", b"main.py", b"multiprocessing",
                                              b"ProcessPoolExecutor", b"_thread", b"threading", b"atexit", b"finalize",
                                              b"__del__")):
        from_the_rest("write_program")(*sources[1])

    def reader(source):
        return lambda *_: from_the_rest("source_text")(source)

    # What asks for lines of a program (tracebacks that it prints, inspect) reads them here. A loader knows those of one
    # file; linecache would know both and also serve warnings, but takes longer to import than most programs run.
    if sources[0][1]:
        import linecache

        linecache.cache.update((name, (reader(source),)) for name, source in sources)
    else:
        main["__loader__"] = type(sys.implementation)(get_source=reader(sources[1][1]))

    def show_uncaught(kind, value, trace):
        from_the_rest("show_uncaught")(kind, value, trace, sources)

    def execute(name, source):
        # compile() first makes the hundred classes of the ast module, a tenth of a cold start. exec() makes
        # none, but calls what it compiles "<string>": the trace function names it before its first line.
        import _imp
        import _warnings

        strict = ("error", None, SyntaxWarning, None, 0)  # a warning would tell that name, too
        entered = False

        def at_ease():
            _warnings.filters.remove(strict)
            _warnings._filters_mutated()
            sys.settrace(None)

        def enter(frame, event, argument):
            nonlocal entered
            if frame.f_globals is main and frame.f_code.co_name == "<module>":
                entered = True
                at_ease()
                _imp._fix_co_filename(frame.f_code, name)

        _warnings.filters.insert(0, strict)
        _warnings._filters_mutated()
        sys.settrace(enter)
        try:
            return exec(source, main)
        except BaseException:
            if entered:
                raise
        at_ease()
        exec(compile(source, name, "exec", dont_inherit=True), main)

    def say(text, uncaught):
        try:
            sys.stderr.write(text)
            show_uncaught(*uncaught)
        except BaseException:
            pass

    def tell(uncaught):
        """As the interpreter does, which would end with another status."""
        try:
            hook = sys.excepthook
        except AttributeError:
            return say("sys.excepthook is missing\n", uncaught)
        try:
            return hook(*uncaught)
        except SystemExit:
            raise
        except BaseException:
            failure = sys.exc_info()
        say("Error in sys.excepthook:\n", failure)
        say("\nOriginal exception was:\n", uncaught)

    # A line that was printed has left the process: it is in the reply whatever ends the run.
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv = ["main.py"]
    if hasattr(sys, "orig_argv"):  # since 3.10
        sys.orig_argv = [sys.executable, "-B", "main.py"]
    sys.excepthook = show_uncaught
    try:
        for name, source in sources:
            if source:
                execute(name, source)
        return
    except SystemExit:
        raise
    except BaseException:
        uncaught = sys.exc_info()
    tell(uncaught)
    sys.exit(255)


_sandgate_boot()
