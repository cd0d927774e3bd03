# SPDX-License-Identifier: Apache-2.0
"""Files: a program may write in its working directory and in /tmp; nothing of that outlives the run, nothing
of another run or of the host can be seen."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from programs import data_of, python_node, stdout_of, table

WRITES = {
    "a file named after the time, in the working directory": ("""
        import time
        file_name = f'{time.time()}.txt'
        with open(file_name, 'w') as f:
            f.write('text')
        print(open(file_name).read())
        """, "text\n"),
    "a file in /tmp": ("""
        open('/tmp/xxx.txt', 'w').write('text')
        print(open('/tmp/xxx.txt').read())
        """, "text\n"),
    "folders, renaming, deleting": ("""
        import os, shutil
        os.makedirs('/tmp/a/b')
        os.rename('/tmp/a/b', 'c')
        open('c/d', 'w').close()
        os.chmod('c/d', 0o600)
        shutil.copy('c/d', 'c/e')
        os.unlink('c/d')
        print(os.listdir('c'))
        shutil.rmtree('c')
        print(os.path.exists('c'))
        """, "['e']\nFalse\n"),
    "symlinks and hard links of own files": ("""
        import os
        open('a', 'w').write('text')
        os.symlink('a', 'b')
        print(os.readlink('b'), open('b').read())
        """, "a text\n"),
    "tempfile": ("""
        import os, tempfile
        with tempfile.NamedTemporaryFile('w+') as f, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as g:
            f.write('text'); f.flush(); g.write(b'x')
            print(open(f.name).read(), os.path.isdir(folder))
        print(os.path.exists(folder))
        """, "text True\nFalse\n"),
    "the home directory": ("""
        from pathlib import Path
        (Path.home() / '.cache' / 'lib').mkdir(parents=True)
        print(Path('~/.cache').expanduser().is_dir())
        """, "True\n"),
    "mmap of a file": ("""
        import mmap
        with open('m', 'wb+') as f:
            f.truncate(4096)
            with mmap.mmap(f.fileno(), 0) as m:
                m[:4] = b'text'
        print(open('m').read(4))
        """, "text\n"),
    "an empty working directory and an empty /tmp at the start": ("""
        import os
        print(os.listdir('.'), os.listdir('/tmp'))
        """, "[] []\n"),
}


@table(WRITES)
def test_program(server, code, expected):
    assert stdout_of(server, "python3", code) == expected


@pytest.mark.parametrize("language,code", [
    ("python3", "for name in {}:\n    with open(name, 'w') as stream: stream.write(name + ' ')"),
    ("nodejs", "for (const name of {}) require('fs').writeFileSync(name, `${{name}} `)"),
], ids=["python3", "nodejs"])
def test_what_a_program_writes_to_is_opened_by_its_names_too(server, language, code):
    names = ["/dev/stdout", "/proc/self/fd/1", "/dev/stderr"]
    assert stdout_of(server, language, code.format(names)) == "/dev/stdout /proc/self/fd/1 "


def test_a_code_node_keeps_a_file_between_two_functions(server):
    code = """
        import json

        def save(value):
            with open('/tmp/state.json', 'w') as f:
                json.dump(value, f)

        def main(arg1: str) -> dict:
            save({'result': arg1})
            with open('/tmp/state.json') as f:
                return json.load(f)
        """
    assert python_node(server, code, arg1="kept") == {"result": "kept"}


def test_the_next_run_sees_none_of_it(make_server):
    server = make_server({"max_workers": 1})
    write = "import os\nfor f in ('mine.txt', '/tmp/also-mine.txt', os.path.expanduser('~/home.txt')): open(f, 'w').write('secret')"
    look = "import os\nprint([os.listdir(f) for f in ('.', '/tmp', os.path.expanduser('~'))])"
    stdout_of(server, "python3", write)
    assert stdout_of(server, "python3", look) == "[[], [], []]\n"
    look = "const fs = require('fs'); console.log(fs.readdirSync('.'), fs.readdirSync('/tmp'))"
    assert stdout_of(server, "nodejs", look) == "[] []\n"


def test_nothing_of_a_run_is_left_on_the_host(make_server):
    server = make_server()
    stdout_of(server, "python3", "print(1)")
    before = server.counters_at_rest()
    stdout_of(server, "python3", "open('left-over', 'w').write('x'); open('/tmp/left-over-in-tmp', 'w').write('x')")
    assert server.wait_settled(before)["scratch_files"] <= before["scratch_files"]
    assert not any("left-over" in path for path in server.scratch_files())
    assert not Path("/tmp/left-over-in-tmp").exists()


def test_tmp_of_the_host_is_out_of_sight(server):
    with tempfile.NamedTemporaryFile("w", prefix="host-secret-", delete=False) as file:
        file.write("host's")
    os.chmod(file.name, 0o644)
    try:
        code = f"import os\nprint(os.path.basename({file.name!r}) in os.listdir('/tmp'))\nopen({file.name!r}).read()"
        data = data_of(server, "python3", code)
        assert data["stdout"] == "False\n"
        assert "FileNotFoundError" in data["error"] or "PermissionError" in data["error"]
    finally:
        os.unlink(file.name)


@pytest.mark.parametrize("language,code", [
    ("python3", "print(open('/etc/passwd').read())"),
    ("nodejs", "console.log(require('fs').readFileSync('/etc/passwd', 'utf8'))"),
])
def test_the_hosts_passwd_is_never_visible(server, language, code):
    data = data_of(server, language, code)
    hosts = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith(("root:", "nobody:"))]
    assert hosts
    assert not [line for line in hosts if line in data["stdout"] + data["stderr"]]


@pytest.mark.parametrize("path", ["/zznQ.txt", "/etc/zznQ", "/usr/lib/zznQ", "/var/zznQ"])
def test_no_writing_elsewhere(server, path):
    data = data_of(server, "python3", f"open({path!r}, 'w').write('x')")
    assert data["exit_code"] == 255 and not Path(path).exists()
    assert "PermissionError" in data["error"] or "Read-only file system" in data["error"]


@pytest.fixture
def shared_folder():
    folder = Path(tempfile.mkdtemp(prefix="sandgate-shared-", dir="/var/tmp"))
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "vocab.txt").write_text("hello world")
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_data_folder_is_readable_and_not_writable(make_server, shared_folder):
    server = make_server({"read_only_paths": [str(shared_folder)]})
    file = shared_folder / "tokenizer" / "vocab.txt"
    assert stdout_of(server, "python3", f"print(open('{file}').read())") == "hello world\n"
    assert stdout_of(server, "nodejs", f"console.log(require('fs').readFileSync('{file}', 'utf8'))") == "hello world\n"
    assert data_of(server, "python3", f"open('{file}', 'w')")["exit_code"] == 255
    assert data_of(server, "python3", f"open('{shared_folder}/new', 'w')")["exit_code"] == 255
    assert file.read_text() == "hello world" and not (shared_folder / "new").exists()


@pytest.mark.parametrize("paths", [["/etc/passwd", "/etc/group"], ["/etc"]])
def test_the_accounts_of_the_machine_can_be_shown(make_server, paths):
    """A tree has files of these names already; the server did not start."""
    server = make_server({"read_only_paths": paths})
    shown = stdout_of(server, "python3", "print(open('/etc/passwd').read(), end='')")
    assert shown == Path("/etc/passwd").read_text()


def test_a_data_folder_that_holds_what_is_the_servers_own_is_told(make_server, shared_folder):
    own = str(shared_folder / "state")
    server = make_server({"read_only_paths": [str(shared_folder)], "state_dir": own})
    told = [line for line in server.log_lines() if line["level"] == "warn" and "server's own" in line["msg"]]
    assert [(line["path"], line["own"]) for line in told] == [(str(shared_folder), own)]


def test_a_folder_that_is_not_shared_is_out_of_sight(server, shared_folder):
    data = data_of(server, "python3", f"open('{shared_folder}/tokenizer/vocab.txt')")
    assert "FileNotFoundError" in data["error"] or "PermissionError" in data["error"]
