# SPDX-License-Identifier: Apache-2.0
# What installs Python packages. Stands before install_python.py, and before a line that prints what it has found.
import importlib.util
import shutil


def find_installer():
    """"pip" where the interpreter has it, else the path of uv, else an empty text."""
    return "pip" if importlib.util.find_spec("pip") else shutil.which("uv") or ""
