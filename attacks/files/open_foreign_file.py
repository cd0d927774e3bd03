# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read a file of the host that everybody on the machine may read.
# expected: refused
# origin: classic
# outside: as nobody

try:
    with open(STAGE["secret_file"]) as file:
        text = file.read()
    print("ESCAPED: read", text.strip() if STAGE["mark"] in text else repr(text))
except OSError as error:
    print("HELD:", error)
