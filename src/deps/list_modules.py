# SPDX-License-Identifier: Apache-2.0
# Prints what was installed into this environment, as JSON:
# [[name, version, asked for by name, [module, ...], [module of a package that uses it, ...]], ...].
# The modules are those that a program imports by name; of a namespace, the packages in it.
import json
import os
import re
import sys
from importlib import machinery, metadata

ENDINGS = [".py", *machinery.EXTENSION_SUFFIXES]
NOT_FOR_PROGRAMS = re.compile(r"_|(tests?|testing|docs?|examples?|benchmarks?|scripts?|tools|setup|conftest)(/|$)")


def module_of(file):
    for ending in ENDINGS:
        if file.endswith(ending):
            return file[: -len(ending)]
    return None


def modules(distribution):
    files = [str(file) for file in distribution.files or [] if not str(file).startswith("..")]
    packages = {os.path.dirname(file) for file in files if os.path.basename(file) == "__init__.py"}
    found, loose = set(), set()
    for file in files:
        parts = file.split("/")
        name = module_of(parts[-1])
        if name is None:
            continue
        folders = parts[:-1]
        package = next(("/".join(folders[:n]) for n in range(1, len(folders) + 1) if "/".join(folders[:n]) in packages),
                       None)
        path = package or "/".join([*folders, name])
        if all(part.isidentifier() for part in path.split("/")) and not NOT_FOR_PROGRAMS.match(path):
            (found if package or not folders else loose).add(path.replace("/", "."))
    return sorted(found or loose)


def key_of(name):
    return re.sub(r"[-_.]+", "-", name).lower()


users = {}  # by distribution: the modules of those that ask for it, some of them by an extra
rows = []
for distribution in metadata.distributions(path=[path for path in sys.path if path.startswith(sys.prefix + os.sep)]):
    name = distribution.metadata["Name"]
    if name:
        own = modules(distribution)
        rows.append([name, distribution.version or "", distribution.read_text("REQUESTED") is not None, own])
        for required in distribution.requires or []:
            users.setdefault(key_of(re.match(r"[\w.-]*", required)[0]), []).extend(own)
print(json.dumps(sorted([*row, users.get(key_of(row[0]), [])] for row in rows)))
