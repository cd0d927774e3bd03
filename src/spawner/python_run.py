# SPDX-License-Identifier: Apache-2.0
# Runs the user's code as __main__. Put before boot.py in a cold start and before python_serve.py in a fork
# server, so that both behave alike. Reads a descriptor to its end: 8 hex digits with the length of the
# preload, the preload, the code. Tracebacks show the user's lines and none of these.


def _sandgate_run(show, compile_module=None, code=3, os=__import__("os"), sys=__import__("sys")):
    """0, or 255 after an uncaught exception has been shown; SystemExit passes through. `show`: show_uncaught.py's.
    `compile_module`: makes code of bytes and a file name, where there is a quicker way than here. `code`: the
    descriptor. The modules are found here and not when it runs, which costs page faults in a child."""
    parts = []
    while True:
        part = os.read(code, 1 << 16)
        if not part:
            break
        parts.append(part)
    os.close(code)
    data = b"".join(parts)
    preload_end = 8 + int(data[:8], 16)
    sources = [("preload.py", data[8:preload_end]), ("main.py", data[preload_end:])]
    main = sys.modules["__main__"].__dict__
    main["__file__"] = "main.py"

    def show_uncaught(kind, value, trace):
        show(kind, value, trace, sources)

    def execute(name, source):
        if compile_module is not None and b"\0" not in source:
            return exec(compile_module(source, name), main)
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

    sys.argv = ["main.py"]
    sys.excepthook = show_uncaught
    try:
        for name, source in sources:
            if source:
                execute(name, source)
    except SystemExit:
        raise
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 255
    return 0
