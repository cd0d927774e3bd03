# SPDX-License-Identifier: Apache-2.0
# First program of a Python installation, run by the interpreter that the environment is made of, in the jail of
# installers; its working directory becomes the environment.
import os
import sys
import venv

folder = os.getcwd()
venv.EnvBuilder(system_site_packages=True, symlinks=True, with_pip=False).create(folder)
if sys.prefix != sys.base_prefix:
    # It is an environment itself: its packages are those of the system for this one.
    site = os.path.join(folder, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
    with open(os.path.join(site, "interpreter.pth"), "w") as out:
        out.writelines(path + "\n" for path in sys.path if path.startswith(sys.prefix + os.sep))
