# SPDX-License-Identifier: Apache-2.0
# claim: A run that ignores every signal and sleeps is ended at its deadline.
# expected: limit timeout
# origin: timeouts dodged by ignoring signals
# outside: as nobody

import os
import signal
import time

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)))
if STAGE["outside"]:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGALRM)
else:
    time.sleep(100000)
print("ESCAPED: on after SIGTERM and SIGALRM")
