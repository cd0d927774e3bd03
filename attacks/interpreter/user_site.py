# SPDX-License-Identifier: Apache-2.0
# claim: sitecustomize, usercustomize, .pth files and PYTHONPATH of a run are not read by any interpreter of the server.
# expected: refused
# origin: files that each start of Python executes
# outside: as nobody

import os
import subprocess
import sys

code = "open('proof', 'w').write('executed')\n"
version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
home = os.path.abspath(".")
site = f"{home}/.local/lib/{version}/site-packages"
os.makedirs(site)
for path in ("sitecustomize.py", "usercustomize.py", site + "/usercustomize.py", site + "/sitecustomize.py"):
    with open(path, "w") as file:
        file.write(code)
with open(site + "/run.pth", "w") as file:
    file.write("import os; " + code)
os.environ.update(HOME=home, PYTHONPATH=home, PYTHONSTARTUP=home + "/usercustomize.py", PYTHONHOME="")
seen = []
try:
    seen.append(subprocess.run([sys.executable or "python3", "-c", "pass"], check=False).returncode)
except OSError as error:
    seen.append(error.strerror)
print("ESCAPED: another interpreter has executed it" if os.path.exists("proof") else f"HELD: {seen}")
