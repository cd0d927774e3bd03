# SPDX-License-Identifier: Apache-2.0
# Runs the user's code as __main__. Put before boot.py in a cold start and before python_serve.py in a fork
# server, so that both behave alike. Reads descriptor 3 to its end: 8 hex digits with the length of the
# preload, the preload, the code. Tracebacks show the user's lines and none of these.


def _sandgate_run():
    """0, or 255 after an uncaught exception has been shown; SystemExit passes through."""
    import os
    import sys

    parts = []
    while True:
        part = os.read(3, 1 << 20)
        if not part:
            break
        parts.append(part)
    os.close(3)
    data = b"".join(parts)
    preload_end = 8 + int(data[:8], 16)
    sources = [("preload.py", data[8:preload_end]), ("main.py", data[preload_end:])]

    def show_uncaught(kind, value, trace):
        import linecache
        import traceback

        for name, source in sources:
            lines = source.decode("utf-8", "replace").splitlines(True)
            linecache.cache[name] = (len(source), None, lines, name)
        while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
            trace = trace.tb_next
        traceback.print_exception(kind, value, trace)

    sys.argv = ["main.py"]
    sys.excepthook = show_uncaught
    main = sys.modules["__main__"].__dict__
    main["__file__"] = "main.py"
    try:
        for name, source in sources:
            if source:
                exec(compile(source, name, "exec", dont_inherit=True), main)
    except SystemExit:
        raise
    except BaseException:
        kind, value, trace = sys.exc_info()
        try:
            sys.excepthook(kind, value, trace)
        finally:
            del kind, value, trace
        return 255
    return 0
