# SPDX-License-Identifier: Apache-2.0
"""What a server that starts warns of: a key that everybody knows, and files that are configured and missing."""

import subprocess

import pytest
import sandgate

OWN_NETWORK = ["unshare", "--net"]
EVERYWHERE = "0.0.0.0"
NO_FILE = "the file of packages that is configured does not exist: none are installed from it"


def warned(config, launcher=()) -> list:
    """The log lines of a server up to the one that it listens."""
    with sandgate.Server(config=config, launcher=[*launcher]) as server:
        return [line for line in server.log_lines() if line["level"].lower().startswith("warn")]


@pytest.mark.parametrize("key,address,count", [
    ("dify-sandbox", EVERYWHERE, 1),
    ("dify-sandbox", "127.0.0.1", 0),
    ("another", EVERYWHERE, 0),
])
def test_the_published_key_is_told_where_others_reach_the_port(key, address, count):
    launcher = OWN_NETWORK if address == EVERYWHERE else ()
    if launcher and subprocess.run([*launcher, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        pytest.skip("no network of its own can be made here, and others shall not reach it")
    lines = warned({"app": {"key": key}, "server": {"address": address}}, launcher)
    lines = [line for line in lines if "API_KEY" in line["msg"]]
    assert len(lines) == count
    assert all("can run code" in line["msg"] and line["address"] == address for line in lines)


def test_a_configured_file_that_is_missing_is_told():
    lines = warned({"dependencies": {"python_requirements": "mine.txt"},
                    "environments": {"data": {"package_json": "data.json"}}})
    told = {line["setting"]: line["file"].rsplit("/", 1)[1] for line in lines if line["msg"] == NO_FILE}
    assert told == {"dependencies.python_requirements": "mine.txt", "environments.data.package_json": "data.json"}


def test_the_default_files_may_be_missing():
    assert NO_FILE not in [line["msg"] for line in warned({})]
