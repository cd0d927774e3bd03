# SPDX-License-Identifier: Apache-2.0
"""Prints docs/packages.md: every program of this suite, the version of its package, whether it did its work in each
mode and in the image $SANDGATE_TEST_IMAGE, and how long it took. Run by ./dev packages --write, as root.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import environment  # noqa: E402
from all_programs import PROGRAMS  # noqa: E402

TIMES = 2
HEAD = """# Packages

Written by `./dev packages --write`; `./dev packages` checks the same, `./dev packages --image` in the image too. The server
itself installs the packages, in each mode, from the registries of pip and npm, with the files of
[tests/packages/](../tests/packages/) in its folder of dependencies ([dependencies.md](dependencies.md)) and no setting.
Each is used by a small program in a run, with the default policy and the default limits; nothing is set but a longer
`worker_timeout`, as the machine may be busy, and a data mount. *yes*: the program printed what it should, in the modes
`full` and `container` with the interpreters of the machine, and in a container of the *image* with those in it, the files
in `/dependencies`, and what Docker gives a container by default (podman starts it, with Docker's capabilities and refused
calls). The last columns are the processor time of the whole run in the mode `full`, in milliseconds: *cold* where the
interpreter is started for it, *forked* from a warmed interpreter in which the package itself is not imported: most of that
is its import, which goes where it is in `warm_modules` ([config.md](config.md)).

"""
NOTES = """
## What is behind a *yes*

- A run is one process. `n_jobs` of joblib and scikit-learn works in sequence (runs have `JOBLIB_MULTIPROCESSING=0`);
  with `allow_processes: true` it starts workers. Threads are allowed: NumPy, OpenCV, Polars and PyArrow use theirs.
- matplotlib looks for fonts by starting `fc-list`, and openai asks which Linux it is on by starting a program. Both are
  refused and go on; the reply's `denied` tells.
- Packages that fetch data (NLTK, tiktoken, transformers) find it in a folder named in `read_only_paths`.
- PyArrow (which pandas imports where it is installed), matplotlib and scikit-learn can be in `warm_modules`. Polars
  cannot: its import starts threads, which a fork would lose; `sandgate doctor` and the log say so of every such module.
- Bytecode must be there: runs write none, so a package that was installed with `pip install --no-compile` is compiled
  in every run.
"""


def processor_ms(server, language: str, program, around: dict):
    """What the cheapest of a few runs took, and whether all were good."""
    replies = [environment.run(server, language, program, around) for _ in range(TIMES)]
    good = all(environment.is_good(reply, program) for reply in replies)
    return min((reply["data"] or {}).get("usage", {}).get("cpu_ms", 0) for reply in replies), good


def mark(good: bool) -> str:
    return "yes" if good else "**no**"


def table(language: str, around: dict) -> list:
    lines = ["| package | version | what the program does | full | container | image | cold | forked |", "|---|---|---|---|---|---|--:|--:|"]
    exec_only = {"SANDGATE_PYTHON_SPAWNER": "exec", "SANDGATE_NODE_SPAWNER": "exec"}
    data = around["DATA"]
    with environment.serve(data) as full, environment.serve(data, "container") as container, \
            environment.serve(data, env=exec_only) as cold, environment.serve(data, environment.IMAGE) as image:
        versions = environment.versions(full)[language]
        for program in PROGRAMS[language]:
            cold_ms, cold_good = processor_ms(cold, language, program, around)
            forked_ms, forked_good = processor_ms(full, language, program, around)
            elsewhere = [mark(environment.is_good(environment.run(server, language, program, around), program))
                         for server in (container, image)]
            name = program.package.split(" ")[0]
            lines.append(f"| {program.package} | {versions[name.lower()]} | {program.does} | {mark(cold_good and forked_good)} | "
                         f"{' | '.join(elsewhere)} | {cold_ms:.0f} | {forked_ms:.0f} |")
    return lines


def main():
    with environment.surroundings() as around:
        parts = [[f"## {title}", "", *table(language, around)]
                 for title, language in (("Python", "python3"), ("Node.js", "nodejs"))]
    lines = [line for part in parts for line in (*part, "")]
    count = sum(map(len, PROGRAMS.values()))
    failed = sum("**no**" in line for line in lines)
    print(HEAD + "\n".join(lines) + f"\n{count} programs, {count - failed} of them good in both modes and in the image.\n" + NOTES, end="")


if __name__ == "__main__":
    main()
