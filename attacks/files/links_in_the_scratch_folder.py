# SPDX-License-Identifier: Apache-2.0
# claim: What a run links to from its folder is not removed, emptied or changed when the server removes that folder.
# expected: absent
# origin: CVE-2022-21658 and its kind: removal of trees that follows links
# outside: as root

import os

os.makedirs("a/b/c")
for place in (".", "a", "a/b", "a/b/c"):
    os.symlink(STAGE["secret_dir"], place + "/folder")
    os.symlink(STAGE["writable_dir"], place + "/writable")
    os.symlink(STAGE["writable_file"], place + "/file")
os.rename("a/b", "moved")
os.symlink("../moved", "a/b")
os.chmod("moved/c", 0)
if STAGE["outside"]:  # what a careless removal does
    entry = next(iter(os.scandir("writable")))
    os.rename(entry.path, entry.path + "-reached")
    os.rename(entry.path + "-reached", entry.path)
    print("ESCAPED: a removal that follows links reaches", entry.name)
else:
    print("HELD: links are planted; the foreign files must be whole afterwards")
