# SPDX-License-Identifier: Apache-2.0
# Imports the modules of one distribution, in an ordinary run. Put behind a line `modules = [...]`.
import importlib

for name in modules:
    importlib.import_module(name)
