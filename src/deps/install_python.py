# SPDX-License-Identifier: Apache-2.0
# Second program of a Python installation, run by the environment's own interpreter in the jail of installers; its
# working directory is the environment. Put behind find_pip.py and a line `arguments = [...]`, those of `pip install`.
import os
import sys

environment = os.getcwd()
work = os.path.join(environment, ".work")
os.makedirs(work, exist_ok=True)
os.chdir(work)
os.environ.update(HOME=work, TMPDIR=work)
os.dup2(1, 2)  # one stream, in the order in which it was written
installer = find_installer()
if not installer:
    sys.exit("neither pip nor uv is there: install pip for " + os.path.realpath(sys.executable))
if installer != "pip":
    os.execv(installer, ["uv", "pip", "install", "--no-cache", "--python", sys.executable, *arguments])
import runpy

sys.argv = ["pip", "install", "--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off",
            "--no-warn-script-location", "--root-user-action", "ignore", *arguments]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
