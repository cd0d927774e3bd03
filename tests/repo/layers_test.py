# SPDX-License-Identifier: Apache-2.0
"""An #include may only point to the same folder of src/ or to one with a lower number.

The numbers are those of the table of folders in ARCHITECTURE.md.
"""

import re

from repository import ROOT, cpp_files

LAYERS = {
    "base": 0,
    "config": 1,
    "obs": 1,
    "i18n": 1,
    "policy": 2,
    "jail": 2,
    "sandbox": 3,
    "spawner": 4,
    "run": 5,
    "deps": 6,
    "http": 5,
    "api": 6,
    "selftest": 6,
    "cli": 7,
}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/', re.MULTILINE)


def test_every_folder_has_a_layer():
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    assert folders == set(LAYERS)


def test_includes_point_downwards():
    wrong = []
    for file in cpp_files("src"):
        folder = file.relative_to(ROOT / "src").parts[0]
        for target in INCLUDE.findall(file.read_text()):
            if target in LAYERS and target != folder and LAYERS[target] >= LAYERS[folder]:
                wrong.append(f"{file.relative_to(ROOT)} ({LAYERS[folder]}) includes {target}/ ({LAYERS[target]})")
    assert not wrong, "\n".join(wrong)
