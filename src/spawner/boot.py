# SPDX-License-Identifier: Apache-2.0
# First code of a Python run that starts cold, given with -c behind python_run.py: every lock of the jail is
# in force already.


def _sandgate_boot():
    import sys

    # A line that was printed has left the process: it is in the reply whatever ends the run.
    sys.stdout.reconfigure(line_buffering=True)
    run = _sandgate_run
    main = sys.modules["__main__"].__dict__
    del main["_sandgate_boot"], main["_sandgate_run"]
    status = run()
    if status:
        sys.exit(status)


_sandgate_boot()
