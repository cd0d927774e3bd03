# SPDX-License-Identifier: Apache-2.0
# What few runs ask for: the lines of their program, the program as a file, and what is shown when one ends by an
# exception that nothing caught.


def source_text(source):
    """The text of a program's bytes, as an interpreter that reads them from a file has it."""
    import io

    class Text(str):
        def splitlines(self, keepends=False):
            # str itself ends lines at U+2028 and others, too, where the compiler does not.
            return [line if keepends else line.rstrip("\n") for line in io.StringIO(self)]

    try:
        import importlib.util

        return Text(importlib.util.decode_source(source))
    except Exception:  # an encoding that nobody has, or bytes that it does not have
        return Text(source.decode("utf-8", "replace"))


def write_program(name, source):
    """The bytes of a program as a file in the working folder, if there is room for all of them."""
    import os

    try:
        with open(name, "xb", 0) as file:
            complete = file.write(source) == len(source)
    except OSError:
        complete = False
    if not complete and os.path.exists(name):
        os.unlink(name)


def show_uncaught(kind, value, trace, sources):
    """Prints the traceback from the user's first frame on; sources: [(file name, its bytes)]."""
    import io
    import linecache
    import sys
    import traceback

    if getattr(sys, "stderr", None) is None:
        return
    for name, source in sources:
        lines = [line + "\n" for line in source_text(source).splitlines()]
        linecache.cache[name] = (len(source), None, lines, name)
    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next

    def hint(error):
        """ ". Did you mean: 'name'?": in 3.10 and 3.11 the hook of CPython alone knows it."""
        if not isinstance(error, (NameError, AttributeError)) or sys.version_info[:2] not in ((3, 10), (3, 11)):
            return ""
        stream, sys.stderr = sys.stderr, io.StringIO()
        try:
            sys.__excepthook__(type(error), error, error.__traceback__)
            shown = sys.stderr.getvalue()
        except Exception:
            return ""
        finally:
            sys.stderr = stream
        _, mark, name = shown.rstrip("\n").rpartition(". Did you mean: '")
        is_its_own = mark and "\n" not in name and not str(error).endswith(mark + name)
        return mark + name if is_its_own else ""

    def complete(told, error, seen):
        """Adds to what traceback tells of an exception, and of those in it, what the interpreter tells."""
        if told is None or error is None or id(error) in seen:
            return
        seen.add(id(error))
        if getattr(told, "_str", None) is not None:
            told._str += hint(error)
        if isinstance(error, SyntaxError) and not error.text and error.filename in dict(sources):
            told.text = linecache.getline(error.filename, int(error.lineno or 0))
        complete(told.__cause__, error.__cause__, seen)
        complete(told.__context__, error.__context__, seen)
        for one, inner in zip(getattr(told, "exceptions", None) or (), getattr(error, "exceptions", None) or ()):
            complete(one, inner, seen)

    told = traceback.TracebackException(kind, value, trace)
    try:
        complete(told, value, set())
    except Exception:
        pass  # an odd exception is told without
    for part in told.format():
        print(part, file=sys.stderr, end="")
