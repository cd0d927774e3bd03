# SPDX-License-Identifier: Apache-2.0
"""The tables and the picture of `./dev bench` (runs.py), from the medians of its cells and its figures."""

import os
import subprocess

import figures
import machine

PICTURE = machine.REPOSITORY / "docs/measurements.svg"
KINDS = ("run", "exec run", "cold start", "cold program")


def versions(programs: dict) -> str:
    def version(program: str) -> str:
        return subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return ", ".join(f"{'Node.js ' if language == 'nodejs' else ''}{version(program)}"
                     for language, program in programs.items() if program)


def run_table(cells: list) -> str:
    lines = ["| language | clients | what | p50 | p95 | p99 | per s | p50 / cold start | per s / cold starts |",
             "|---|--:|---|--:|--:|--:|--:|--:|--:|"]
    for cell in cells:
        start = cell["cold start"]
        for kind in KINDS:
            row = cell[kind]
            lines.append(f"| {cell['language']} | {cell['clients']} | {kind} | {row['p50_ms']:.2f} |"
                         f" {row['p95_ms']:.2f} | {row['p99_ms']:.2f} | {row['per_second']:.0f} |"
                         f" {row['p50_ms'] / start['p50_ms']:.2f} | {row['per_second'] / start['per_second']:.2f} |")
    return "\n".join(lines)


def find(cells: list, language: str, clients: int):
    """The cell, or None where it was not measured."""
    return next((cell for cell in cells if (cell["language"], cell["clients"]) == (language, clients)), None)


def of_one_client(cells: list, language: str, must: dict) -> list:
    """[(figure, value, at least, aim)]: how many times faster than a cold start; and the exec spawner's cost."""
    cell = find(cells, language, 1)
    if cell is None:
        return []
    start = cell["cold start"]["p50_ms"]
    rows = [(f"{language}: cold start / p50 of a run", start / cell["run"]["p50_ms"], *must["p50"])]
    if "p99" in must:
        rows.append((f"{language}: cold start / p99 of a run", start / cell["run"]["p99_ms"], *must["p99"]))
    rows.append((f"{language}: the same program cold / p50 of an exec run",
                 cell["cold program"]["p50_ms"] / cell["exec run"]["p50_ms"], 1 / 1.3, None))
    rows.append((f"{language}: cold start of nothing / p50 of an exec run",
                 start / cell["exec run"]["p50_ms"], 1 / 1.3, None))
    return rows


def of_eight_clients(cells: list, language: str, must: tuple) -> list:
    one, eight = find(cells, language, 1), find(cells, language, 8)
    if one is None or eight is None:
        return []
    starts = 1e3 / one["cold start"]["p50_ms"] * os.cpu_count() / 2
    return [(f"{language}: runs/s of 8 clients / (1 / cold start x CPUs / 2)",
             eight["run"]["per_second"] / starts, *must)]


MUST = {"python3": {"p50": (8, 14), "p99": (3, 5), "eight": (12, 18)},
        "nodejs": {"p50": (3.5, 5), "eight": (6, 9)}}


def own_cost(cells: list) -> list:
    cell = find(cells, "python3", 1)
    if cell is None:
        return []
    row = cell["run"]
    return [("python3: p50 over HTTP less p50 from handing the code over to the end, no pauses, ms",
             row["p50_ms"] - row["inside_p50_ms"], 0.3, 0.15)]


def figure_table(cells: list, extra: list) -> str:
    """`extra` like the rows here: (figure, value, limit, aim), where less is better unless the figure is a quotient."""
    lines = ["| figure | measured | must | aim |", "|---|--:|--:|--:|"]

    def add(row, sign: str) -> None:
        name, value, *limits = row
        bounds = ("" if limit is None else f"{sign} {limit:.2f}" for limit in limits)
        lines.append(f"| {name} | {value:.2f} | {' | '.join(bounds)} |")

    for language, must in MUST.items():
        for row in of_one_client(cells, language, must) + of_eight_clients(cells, language, must["eight"]):
            add(row, "≥")
    for row in own_cost(cells) + [tuple(one) for one in extra]:
        add(row, "≥" if " / " in row[0] else "≤")
    return "\n".join(lines)


def step_table(steps: list) -> str:
    """`steps` as of figures.steps."""
    lines = ["| where the time of a run goes, p50 in ms | " + " | ".join(language for language, _ in steps) + " |",
             "|---|" + "--:|" * len(steps)]
    for index, name in enumerate(figures.STEPS):
        lines.append(f"| {name} | " + " | ".join(f"{times[index]:.2f}" for _, times in steps) + " |")
    return "\n".join(lines)


def picture(cells: list) -> str:
    """Bars of the p50 with one client, one group for each language, to one scale."""
    bars = [(cell["language"], kind, cell[kind]["p50_ms"]) for cell in cells if cell["clients"] == 1
            for kind in ("cold program", "cold start", "exec run", "run")]
    longest = max((value for _, _, value in bars), default=1)
    height = 24 * len(bars) + 20
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" font-family="sans-serif" '
             'font-size="13">', f'<rect width="720" height="{height}" fill="#ffffff"/>']
    for index, (language, kind, value) in enumerate(bars):
        top, width = 10 + 24 * index, 440 * value / longest
        colour = "#2f7d4f" if kind == "run" else "#8a94a0"
        lines.append(f'<text x="8" y="{top + 15}" fill="#20262c">{language}, {kind}</text>')
        lines.append(f'<rect x="180" y="{top + 2}" width="{width:.1f}" height="18" fill="{colour}"/>')
        lines.append(f'<text x="{186 + width:.1f}" y="{top + 15}" fill="#20262c">{value:.1f} ms</text>')
    return "\n".join([*lines, "</svg>", ""])


def write(about: str, cells: list, extra: list, steps: list) -> None:
    PICTURE.write_text(picture(cells))
    machine.keep("runs", "\n\n".join([about + ".", run_table(cells), figure_table(cells, extra), step_table(steps),
                                      "![p50 with one client](measurements.svg)"]))
