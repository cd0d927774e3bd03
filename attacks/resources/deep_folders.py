# SPDX-License-Identifier: Apache-2.0
# claim: A tree of folders deeper than any path, with links and closed folders in it, is removed after the run.
# expected: absent
# origin: removal by recursion or by path
# outside: as nobody

import os

start = os.open(".", os.O_RDONLY)
depth = 400 if not STAGE["outside"] else 60
for number in range(depth):
    os.mkdir("deep" * 30)
    os.symlink("..", "up")
    os.chdir("deep" * 30)
    if number % 100 == 0:
        open("f", "w").close()
os.fchdir(start)
if STAGE["outside"]:
    try:
        os.rename("deep" * 30 + "/" + "/".join(["deep" * 30] * 100), "x")
    except OSError as error:
        print(f"ESCAPED: a removal by path meets {error.strerror}")
else:
    print(f"HELD: {depth} folders are planted; nothing of them may stay")
