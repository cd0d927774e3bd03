# SPDX-License-Identifier: Apache-2.0
# claim: A run gains nothing from set-user-id programs.
# expected: refused
# origin: classic; no_new_privs
# outside: as nobody

import os
import subprocess

if STAGE["setuid_program"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
seen = []
for program in (STAGE["setuid_program"], "/usr/bin/su", "/usr/bin/mount", "/usr/bin/sudo", "/usr/bin/pkexec"):
    try:
        command = [program, "-u"] if program == STAGE["setuid_program"] else [program, "--version"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        seen.append(done.stdout.strip()[:30])
    except OSError as error:
        seen.append(error.strerror)
print("ESCAPED: a program of root says uid 0" if seen[0] == "0" else f"HELD: {seen}")
