# SPDX-License-Identifier: Apache-2.0
"""Programs that tests and benchmarks give to runs."""


def fork_and_reap(processes: int) -> str:
    """In Python: so many processes, of which each starts another and waits for its end, for ever."""
    return f"""
import os
for _ in range({processes} - 1):
    if os.fork() == 0: break
while True:
    try:
        child = os.fork()
        if child == 0: os._exit(0)
        os.waitpid(child, 0)
    except OSError: pass
"""
