# SPDX-License-Identifier: Apache-2.0
# Another run, for attacks to look for: keeps a mark in memory and in a file of its scratch directory until it
# is ended. peer.cc puts MARK and NAME before it.
import ctypes
import time

kept = bytearray(MARK, "ascii")
ctypes.CDLL(None).prctl(15, NAME.encode(), 0, 0, 0)
with open(NAME + ".txt", "w") as file:
    file.write(MARK)
while True:
    time.sleep(60)
