# SPDX-License-Identifier: Apache-2.0
# claim: Handlers at the end and threads that never end do not hold a run past its deadline.
# expected: limit timeout
# origin: timeouts that watch the main thread only
# outside: as nobody

import atexit
import threading
import time

span = 100000 if not STAGE["outside"] else 0.1
threading.Thread(target=lambda: time.sleep(span)).start()
atexit.register(lambda: (time.sleep(span), print("ESCAPED: on after the end of the program", flush=True)))
