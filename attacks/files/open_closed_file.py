# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read a file that only the operator may read.
# expected: refused
# origin: classic
# outside: as root

found = []
for path in (STAGE["closed_file"], "/etc/shadow", "/etc/gshadow", "/run/secrets/key"):
    try:
        with open(path) as file:
            found.append(f"{path}: {len(file.read())} characters")
    except OSError:
        pass
print("ESCAPED: read " + "; ".join(found) if found else "HELD: no closed file can be read")
