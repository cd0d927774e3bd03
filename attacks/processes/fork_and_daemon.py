# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot start a process that goes on after it.
# expected: refused
# origin: timeouts dodged by daemons
# outside: as nobody

import os
import sys
import time

parent = os.getpid()
try:
    child = os.fork()
except OSError as error:
    print("HELD:", error)
    sys.exit(0)
if child:
    os._exit(0)  # the run is over
os.setsid()
if os.fork():
    os._exit(0)
while os.path.exists(f"/proc/{parent}/fd/0"):
    time.sleep(0.01)
print("ESCAPED: a daemon runs after the end of its program", flush=True)
