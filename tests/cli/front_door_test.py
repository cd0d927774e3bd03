# SPDX-License-Identifier: Apache-2.0
"""What ./dev hands to the program, and what it says where it cannot. It is copied beside a program that prints its arguments, and nothing is built."""

import os
import shutil
import subprocess

import pytest
import sandgate

STANDS_IN = {"cmake": "", "ninja": "", "apt-get": "", "node": "", "dpkg-query": "echo install ok installed"}


def executable(path, text: str):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def handed(tmp_path):
    """handed(FOLDER, ARGUMENT...): what `dev run ARGUMENT...` hands to the program, called from that folder."""
    repository = tmp_path / "repository"
    executable(repository / "build/src/cli/sandgate", 'printf "%s\\n" "$@"')
    shutil.copy(sandgate.REPOSITORY / "dev", repository)
    for name, text in STANDS_IN.items():
        executable(tmp_path / "bin" / name, text)

    def call(folder, *arguments):
        done = subprocess.run([str(repository / "dev"), "run", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True,
                              check=True, timeout=60, env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
        assert done.stdout.startswith("run\n")
        return done.stdout.splitlines()[1:]

    return call


def test_files_are_those_of_the_folder_of_the_caller(handed, tmp_path):
    assert handed(tmp_path, "a.py") == [f"{tmp_path}/a.py"]
    assert handed(tmp_path, "--language", "python3", "--config", "c.yaml", "b/a") == [
        "--language", "python3", "--config", f"{tmp_path}/c.yaml", f"{tmp_path}/b/a"]
    assert handed(tmp_path, "--config=c.yaml", "a.js", "--no-network") == [
        f"--config={tmp_path}/c.yaml", f"{tmp_path}/a.js", "--no-network"]


def test_whole_paths_and_standard_input_stay(handed, tmp_path):
    arguments = ["--config=/c.yaml", "--language=python3", "-"]
    assert handed(tmp_path, *arguments) == arguments
    assert handed(tmp_path, "/x/a.py") == ["/x/a.py"]


def test_names_stay_short_in_the_repository(handed, tmp_path):
    assert handed(tmp_path / "repository", "a.py") == ["a.py"]


def test_a_verb_that_there_is_not():
    done = subprocess.run([str(sandgate.REPOSITORY / "dev"), "foo"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "dev: there is no verb foo;" in done.stderr and "usage: ./dev VERB" in done.stderr
    assert all(f"\n  {verb} " in done.stderr for verb in ("serve", "test", "image-test", "clean"))
