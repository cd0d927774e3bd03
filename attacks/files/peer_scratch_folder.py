# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read, list or write the scratch folder of another run.
# expected: refused
# origin: the predecessor's runs share one folder
# outside: as root

import os

if STAGE["peer"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
seen, got = [], []
folder, pid = STAGE["peer"]["dir"], STAGE["peer"]["pid"]
for base in (
    folder,
    f"/proc/{pid}/cwd",
    f"/proc/{pid}/root/tmp",
    os.path.dirname(os.getcwd()) + "/" + os.path.basename(folder),
):
    try:
        if os.path.realpath(base) == os.getcwd():
            continue
        names = os.listdir(base)
        got.append(f"listed {names}" if names and base != "/tmp" else "")
        with open(base + "/" + names[0]) as file:
            got.append(file.read()[:200])
        with open(base + "/planted", "w"):
            got.append("wrote")
        os.unlink(base + "/planted")
    except (OSError, IndexError) as error:
        seen.append(str(error))
got = [text for text in got if STAGE["mark"] in text or text == "wrote"]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")
