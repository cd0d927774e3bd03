# SPDX-License-Identifier: Apache-2.0
"""docs/migrate-from-dify-sandbox.md tells of every option of dify-sandbox, and names none that is not there."""

import re
import subprocess

import sandgate

NOTES = sandgate.REPOSITORY / "docs/migrate-from-dify-sandbox.md"
OPTIONS = sandgate.REPOSITORY / "docs/config.md"
ROW = re.compile(r"^\| (?:`([\w.]+)`)? \| (?:`(\w+)`)? \| .+ \|$", re.MULTILINE)
# dify-sandbox's options as (key, variable); one of the two may be missing.
OF_DIFY = {
    ("app.port", "SANDBOX_PORT"), ("app.debug", "DEBUG"), ("app.key", "API_KEY"), ("max_workers", "MAX_WORKERS"),
    ("max_requests", "MAX_REQUESTS"), ("worker_timeout", "WORKER_TIMEOUT"), ("python_path", "PYTHON_PATH"),
    ("python_lib_path", "PYTHON_LIB_PATH"), ("", "SYSTEM_LIB_REQUIREMENTS"),
    ("python_pip_mirror_url", "PIP_MIRROR_URL"), ("python_deps_update_interval", "PYTHON_DEPS_UPDATE_INTERVAL"),
    ("nodejs_path", "NODEJS_PATH"), ("enable_network", "ENABLE_NETWORK"), ("enable_preload", "ENABLE_PRELOAD"),
    ("allowed_syscalls", "ALLOWED_SYSCALLS"), ("log_path", ""), ("proxy.socks5", "SOCKS5_PROXY"),
    ("proxy.https", "HTTPS_PROXY"), ("proxy.http", "HTTP_PROXY"), ("", "GIN_MODE"),
}


def rows(path) -> set:
    return {(key or "", variable or "") for key, variable in ROW.findall(path.read_text())}


def test_every_option_is_told():
    assert rows(NOTES) == OF_DIFY


def test_every_option_is_one_of_ours():
    ours = {tuple(re.findall(r"`?([\w.]*)`?", cell)[0] for cell in line.split("|")[1:3])
            for line in OPTIONS.read_text().replace("| `", "|`").replace("|  |", "||").splitlines() if line.startswith("|")}
    assert OF_DIFY - ours == {("", "GIN_MODE")}


def test_a_configuration_with_all_of_them_starts(tmp_path):
    """`config --effective` reads a file with every key; nothing in it is unknown."""
    values = {"app.port": 8194, "app.debug": "True", "app.key": "k", "python_path": "/usr/bin/python3",
              "python_pip_mirror_url": "'http://mirror'", "python_deps_update_interval": "30m", "nodejs_path": "/n",
              "enable_network": "True", "enable_preload": "False", "allowed_syscalls": "[]", "log_path": "./logs",
              "python_lib_path": "[/usr/lib]", "proxy.socks5": "''", "proxy.https": "''", "proxy.http": "''"}
    lines, group = [], None
    for key in sorted(key for key, _ in OF_DIFY if key):
        head, _, name = key.rpartition(".")
        if head != (group or ""):
            lines += [f"{head}:"] if head else []
            group = head
        lines.append(f"{'  ' if head else ''}{name}: {values.get(key, 4)}")
    file = tmp_path / "config.yaml"
    file.write_text("\n".join(lines) + "\n")
    done = subprocess.run([sandgate.binary(), "config", "--effective", "--config", file], capture_output=True, text=True,
                          timeout=60, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert "not a known" not in done.stderr and "unknown" not in done.stderr, done.stderr
