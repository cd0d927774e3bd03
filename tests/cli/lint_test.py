# SPDX-License-Identifier: Apache-2.0
"""`sandgate lint`: a configuration is read back to its owner, line by line; the exit status tells how bad it is."""

import json
import subprocess

import pytest
import sandgate
import yaml

LIST = sandgate.REPOSITORY / "tests/data/allow-all.yaml"
CLEAN = "app:\n  key: a-key-of-my-own\nmax_workers: 8\n"


@pytest.fixture
def lint(tmp_path):
    """lint(TEXT, ARGUMENT..., env={}): the finished process, on a file config.yaml in the current folder."""
    def run(text: str, *arguments, env=None):
        (tmp_path / "config.yaml").write_text(text)
        return subprocess.run([str(sandgate.binary()), "lint", "config.yaml", *arguments], cwd=tmp_path, text=True,
                              env={"PATH": "/usr/bin:/bin", **(env or {})}, timeout=60, capture_output=True)
    return run


def findings(done) -> list:
    return json.loads(done.stdout)["findings"]


@pytest.fixture
def published(lint):
    """The findings in the published list, as JSON."""
    return findings(lint(LIST.read_text(), "--arch", "x86_64", "--json"))


def line_of(entry: str) -> int:
    return next(i for i, line in enumerate(LIST.read_text().splitlines(), 1) if line.startswith(entry))


def test_clean(lint):
    done = lint(CLEAN)
    assert done.returncode == 0 and done.stdout.startswith("0 errors, 0 warnings, 0 notes\n"), done.stdout


def test_warnings(lint):
    done = lint(CLEAN + "max_worker: 4\n")
    assert done.returncode == 1 and "config.yaml:4: warning: " in done.stdout and "max_workers?" in done.stdout


def test_findings_lead_to_the_migration_notes(lint):
    named = "docs/migrate-from-dify-sandbox.md"
    assert named in lint(CLEAN + "max_worker: 4\n").stdout
    assert named in lint(CLEAN + "max_worker: 4\n", env={"SANDGATE_LANGUAGE": "zh"}).stdout
    assert named not in lint(CLEAN).stdout
    assert (sandgate.REPOSITORY / named).exists()


def test_without_a_name_it_reads_the_file_that_the_server_reads(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/config.yaml").write_text(CLEAN + "max_worker: 4\n")
    done = subprocess.run([sandgate.binary(), "lint"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "conf/config.yaml:" in done.stdout and "max_worker" in done.stdout


def test_the_file_is_named_as_for_all_other_commands_too(tmp_path):
    (tmp_path / "other.yaml").write_text(CLEAN + "max_worker: 4\n")
    done = subprocess.run([sandgate.binary(), "lint", "--config", "other.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "other.yaml:" in done.stdout, done.stderr


def test_errors_are_all_told(lint):
    done = lint("app:\n  key: ''\n  port: x\nallowed_syscalls: [raed]\n")
    assert done.returncode == 2
    for place in ("config.yaml:2: error: ", "config.yaml:3: error: ", "config.yaml:4: error: "):
        assert place in done.stdout, done.stdout


@pytest.mark.parametrize("text", ["a: [", "- 1", "\tx"])
def test_what_is_no_configuration_is_an_error(lint, text):
    assert lint(text).returncode == 2


def test_no_such_file(tmp_path):
    done = subprocess.run([sandgate.binary(), "lint", tmp_path / "none.yaml"], capture_output=True, text=True)
    assert done.returncode == 2 and "none.yaml" in done.stderr


def test_published_list_has_the_wrong_comment(published):
    wrong = [one for one in published if one["rule"] == "wrong-comment"]
    assert [one["line"] for one in wrong] == [line_of("  - 335")]
    assert "uretprobe" in wrong[0]["text"] and "pidfd_send_signal" in wrong[0]["text"]


def test_published_list_has_holes(published):
    missing = [one for one in published if one["rule"] == "missing"]
    assert {"setrlimit", "clone3", "close_range", "faccessat2"} <= {name for one in missing for name in one["syscalls"]}
    setrlimit = next(one for one in missing if "setrlimit" in one["syscalls"])
    assert setrlimit["line"] == line_of("  - 159")
    assert any("threads" in one["text"] for one in missing)


def test_published_list_is_said_to_mean_all(published):
    assert len([one for one in published if one["rule"] == "all"]) == 1


@pytest.mark.parametrize("name", "ptrace mount init_module bpf kexec_load io_setup".split())
def test_published_list_names_what_is_refused(published, name):
    told = [one for one in published if name in one["syscalls"]]
    assert len(told) == 1 and told[0]["rule"] in ("hazard", "adds"), told


def test_every_entry_of_the_published_list_is_told_of(published):
    lines = {line for one in published for line in range(one["line"], one["last_line"] + 1)}
    entries = {i for i, line in enumerate(LIST.read_text().splitlines(), 1) if line.startswith("  - ")}
    assert entries <= lines


def test_the_minimal_configuration_is_one(lint):
    done = lint("# mine\n" + CLEAN + "worker_timeout: 5\nenable_network: no\nproxy:\n  http: http://proxy:3128\n"
                "allowed_syscalls: [0, 1, mlockall]\n", "--json")
    minimal = yaml.safe_load(json.loads(done.stdout)["minimal"])
    assert minimal == {"app": {"key": ""}, "max_workers": 8, "enable_network": False,
                       "allowed_syscalls": ["mlockall"], "proxy": {"http": "http://proxy:3128"}}


def test_the_published_list_comes_down_to_nothing(lint):
    assert yaml.safe_load(json.loads(lint(LIST.read_text(), "--json").stdout)["minimal"]) is None


@pytest.mark.parametrize("text", ["allowed_syscalls: [57, 101]", "allowed_syscalls: '57,101'",
                                  "allowed_syscalls:\n  - 57\n  - 101"], ids=["flow", "text", "block"])
def test_lists_in_every_form(lint, text):
    found = findings(lint(CLEAN + text, "--arch", "x86_64", "--json"))
    assert [one["syscalls"] for one in found] == [["fork"], ["ptrace"]]
    found = findings(lint(CLEAN + text, "--arch", "aarch64", "--json"))
    assert [one["syscalls"] for one in found] == [["close"], ["nanosleep"]] or found[0]["last_line"] >= found[0]["line"]
    assert {name for one in found for name in one["syscalls"]} == {"close", "nanosleep"}


def test_environment(lint):
    env = {"ALLOWED_SYSCALLS": "101"}
    assert lint(CLEAN, env=env).returncode == 0
    done = lint(CLEAN, "--env", "--arch", "x86_64", env=env)
    assert done.returncode == 1 and "environment ALLOWED_SYSCALLS: warning: ptrace" in done.stdout


def test_secrets_stay_secret(lint):
    done = lint("app:\n  key: 's3cret-key'\nproxy:\n  http: http://user:s3cret@host:1\n")
    assert "s3cret" not in done.stdout + done.stderr


def test_control_characters_do_not_reach_the_terminal(lint):
    assert "\x1b" not in lint(CLEAN + '"\\e[31mred": 1\n').stdout


def test_chinese(lint):
    assert "警告" in lint(CLEAN + "language: zh\nunknown: 1\n").stdout
    assert "警告" in lint(CLEAN + "unknown: 1\n", env={"SANDGATE_LANGUAGE": "zh"}).stdout
