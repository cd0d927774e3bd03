# SPDX-License-Identifier: Apache-2.0
# claim: A symbolic link in the run's folder does not lead to a foreign file.
# expected: refused
# origin: classic
# outside: as nobody

import os

os.symlink(STAGE["secret_file"], "direct")
os.symlink(STAGE["secret_dir"], "folder")
os.symlink("folder/" + os.path.basename(STAGE["secret_file"]), "twice")
seen = []
for path in ("direct", "twice", "folder/../" + STAGE["secret_file"].lstrip("/"), "folder/secret"):
    try:
        with open(path) as file:
            seen.append(file.read())
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {seen}")
