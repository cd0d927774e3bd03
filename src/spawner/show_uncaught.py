# SPDX-License-Identifier: Apache-2.0
# Called when a run ends by an exception that nothing caught.


def show_uncaught(kind, value, trace, sources):
    """Prints the traceback from the user's first frame on; sources: [(file name, its bytes)]."""
    import linecache
    import sys
    import traceback

    if getattr(sys, "stderr", None) is None:
        return
    for name, source in sources:
        lines = source.decode("utf-8", "replace").splitlines(True)
        linecache.cache[name] = (len(source), None, lines, name)
    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next
    traceback.print_exception(kind, value, trace)
