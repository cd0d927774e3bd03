# SPDX-License-Identifier: Apache-2.0
# First code of a Python run, given with -c: every lock of the jail is in force already. Reads the user's
# code from descriptor 3 (8 hex digits with the length of the preload, the preload, the code) and runs it
# as __main__, with tracebacks that show its own lines and none of these.


def _sandgate_boot():
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

    # A line that was printed has left the process: it is in the reply whatever ends the run.
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv = ["main.py"]
    sys.excepthook = show_uncaught
    main = sys.modules["__main__"].__dict__
    del main["_sandgate_boot"]
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
        status = 255
    else:
        status = None
    if status is not None:
        sys.exit(status)


_sandgate_boot()
