# SPDX-License-Identifier: Apache-2.0
# First code of a Python run that starts cold, given with -c behind python_run.py: every lock of the jail is
# in force already. What only a failing run needs, show_uncaught.py, is the argument: each line here is
# compiled in each run.


def _sandgate_boot():
    import sys

    def show(*arguments):
        names = {}
        exec(rest, names)
        names["show_uncaught"](*arguments)

    rest = sys.argv.pop()
    run = _sandgate_run
    main = sys.modules["__main__"].__dict__
    del main["_sandgate_boot"], main["_sandgate_run"]
    # A line that was printed has left the process: it is in the reply whatever ends the run.
    sys.stdout.reconfigure(line_buffering=True)
    status = run(show)
    if status:
        sys.exit(status)


_sandgate_boot()
