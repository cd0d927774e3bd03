# SPDX-License-Identifier: Apache-2.0
# The program that a Python fork server must run before its children serve: what a fork could have broken.
import gc
import os
import random
import sys
import threading
import time

seen = []
thread = threading.Thread(target=seen.append, args=(threading.get_native_id(),))
thread.start()
thread.join()
assert len(seen) == 1, "threads"
assert threading.main_thread() is threading.current_thread(), "main thread"
assert len(threading.enumerate()) == 1, "threads left"
assert random.random() != random.random(), "random"
assert sys.modules["__main__"].__dict__ is globals(), "__main__"
assert os.environ["HOME"] == os.getcwd(), "environment"
assert os.getppid() >= 0 and time.monotonic() > 0
gc.collect()
print("sound")
