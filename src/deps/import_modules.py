# SPDX-License-Identifier: Apache-2.0
# Imports the modules of one distribution, in an ordinary run, and prints what is wrong with those that merely came with
# it: ways to use it together with a package that is not there, most of the time. Put behind lines
# `modules = [...]`, `distribution = "..."` and `users = [...]`, the modules of packages that ask for it, some of which
# have to be imported first. Fails where the module of that name does, or else where all do.
import importlib
import re


def problem_of(name):
    try:
        importlib.import_module(name)
    except (Exception, SystemExit) as error:
        return error
    return None


def is_the_distribution(name):
    return re.sub("[-_.]+", "_", name).lower() == re.sub("[-_.]+", "_", distribution).lower()


problems = {name: problem_of(name) for name in modules}
if any(problems.values()):
    for name in users:
        problem_of(name)
    problems = {name: error and problem_of(name) for name, error in problems.items()}
failed = {name: error for name, error in problems.items() if error is not None}
deciding = [name for name in failed if is_the_distribution(name)]
if deciding or failed and len(failed) == len(problems):
    raise failed[(deciding or list(failed))[0]]
for name, error in failed.items():
    print(f"{name}: {type(error).__name__}: {error}")
