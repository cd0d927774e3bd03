# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot start threads without end.
# expected: refused
# origin: classic
# open in: rootless without cgroup_pids: number of processes and threads not limited but by memory
# outside: as nobody

import threading

threading.stack_size(1 << 16)
end = threading.Event()
threads = []
goal = 2000 if not STAGE["outside"] else 20
try:
    for _ in range(goal):
        thread = threading.Thread(target=end.wait, daemon=True)
        thread.start()
        threads.append(thread)
    print(f"ESCAPED: {len(threads)} threads")
except (RuntimeError, MemoryError) as error:
    print(f"HELD: {error} after {len(threads)}")
end.set()
