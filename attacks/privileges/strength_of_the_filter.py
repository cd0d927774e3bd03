# SPDX-License-Identifier: Apache-2.0
# claim: Every thread of a run is under the filter, also one that user code starts by a call of its own.
# expected: absent
# origin: filters that are put on one thread only
# outside: as nobody

import glob
import threading

ready, end = threading.Barrier(4), threading.Event()
for _ in range(3):
    threading.Thread(target=lambda: (ready.wait(), end.wait()), daemon=True).start()
ready.wait()
modes = []
for path in glob.glob("/proc/self/task/*/status"):
    with open(path) as file:
        lines = dict(line.split(":", 1) for line in file)
    modes.append((lines["Seccomp"].strip(), lines["NoNewPrivs"].strip(), lines["CapEff"].strip().strip("0")))
end.set()
got = [mode for mode in modes if mode != ("2", "1", "")]
print(f"ESCAPED: a thread with {got[0]}" if got else f"HELD: {len(modes)} threads, all {modes[0]}")
