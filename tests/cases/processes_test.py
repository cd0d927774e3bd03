# SPDX-License-Identifier: Apache-2.0
"""Other programs and processes: refused with an answer that says what to do, or, where the operator allows
them, working inside the run's jail."""

from pathlib import Path

import dify
import pytest
import sandgate
from programs import REFUSED, data_of, denial, good, python_node, stdout_of

CALLS = ("clone", "clone3", "fork", "vfork", "execve", "execveat")
FIX = "allow_processes: true"
MARK = Path("/zznQ.txt")

RAISING = {
    "os.fork": "import os\nprint(os.fork()); print(123)",
    "os.execl": "import os\nos.execl('/bin/ls', 'ls')",
    "subprocess.run": "import subprocess\nsubprocess.run(['ls', '-l'])",
    "subprocess.check_output": "import subprocess\nsubprocess.check_output(['ls'], stderr=subprocess.STDOUT)",
    "subprocess with a shell": "import subprocess\nsubprocess.getoutput('ls -la /')",
    "os.popen": "import os\nprint(os.popen('id').read())",
    "multiprocessing.Process": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "asyncio.create_subprocess_exec":
        "import asyncio\nasync def main():\n    await asyncio.create_subprocess_exec('ls')\nasyncio.run(main())",
    "os.posix_spawn": "import os\nos.posix_spawn('/bin/ls', ['ls'], {})",
}


@pytest.mark.parametrize("code", RAISING.values(), ids=RAISING)
def test_refused_with_a_clear_answer(server, code):
    data = data_of(server, "python3", code)
    assert (data["stdout"], data["exit_code"], data["outcome"]) == ("", 255, "failed")
    assert data["error"].startswith(f"process exited with code 255\n{REFUSED}\nthe code tried to start another ")
    assert f'the operator sets "{FIX}" in conf/config.yaml' in data["error"]
    assert "PermissionError: [Errno 1] Operation not permitted" in data["error"]
    assert denial(data, *CALLS)["fix"] == FIX


def test_os_system_fails_as_libc_tells_it_and_is_reported(server):
    data = good(server, "python3", f"import os\nprint(os.system('touch {MARK}') != 0)")
    assert data["stdout"] == "True\n" and not MARK.exists()
    assert denial(data, *CALLS)["fix"] == FIX


def test_a_code_node_that_starts_a_command(server):
    code = """
        def main(command):
            import os, subprocess
            output = subprocess.check_output(command, stderr=subprocess.STDOUT, shell=True)
            return {'result': output.decode()}
        """
    with pytest.raises(dify.CodeExecutionError, match="(?s)error: operation not permitted.*line 3, in main"):
        python_node(server, code, command="ls")


@pytest.mark.parametrize("call", [
    "execSync('ls -la /', {encoding: 'utf8'})", "execFileSync('/bin/ls')", "spawnSync('ls'); if (r.error) throw r.error",
    "fork('x.js')",
])
def test_child_process_is_refused(server, call):
    data = data_of(server, "nodejs", f"const cp = require('child_process'); const r = cp.{call}; r.on && r.on('error', e => {{ throw e }})")
    assert data["exit_code"] != 0 and data["stdout"] == ""
    assert REFUSED in data["error"] and FIX in data["error"]
    assert denial(data, *CALLS)["fix"] == FIX


def test_a_hoisted_function_does_not_run_outside_the_jail(server):
    code = """
        function main() { return {result: data} }
        function parseInt() {
          const {execSync} = require('child_process')
          data = execSync("ls -la /", {encoding: "utf8"})
          return 0
        }
        console.log(JSON.stringify(main()))
        """
    data = data_of(server, "nodejs", code)
    assert data["stdout"] == "" and "ReferenceError: data is not defined" in data["error"]
    assert data["denied"] == []  # it was not even tried


@pytest.mark.parametrize("name", ["parseInt", "Buffer", "require", "process", "eval", "JSON", "console", "String"])
def test_no_hoisted_name_is_called_by_the_bootstrap(server, name):
    code = f"function {name}() {{ require('fs').writeFileSync('/tmp/called', ''); return 0 }}\n" \
           "globalThis.process.stdout.write('end')"
    assert data_of(server, "nodejs", code)["stdout"] == "end"


def test_preload_is_left_out(server):
    data = good(server, "python3", "print(1)", preload=f'import os;os.system("touch {MARK}")')
    assert (data["stdout"], data["denied"]) == ("1\n", []) and not MARK.exists()


def test_a_traceback_that_a_program_prints_has_the_lines_of_preload_and_code(start_lenient):
    server = start_lenient({"enable_preload": True})
    code = "import traceback\ntry: divide(0)\nexcept Exception: print(traceback.format_exc())"
    printed = stdout_of(server, "python3", code, preload="# first\ndef divide(by): return 1 / by")
    assert [line.strip(" ~^") for line in printed.splitlines() if line.strip(" ~^")] == [
        "Traceback (most recent call last):",
        'File "main.py", line 2, in <module>', "try: divide(0)",
        'File "preload.py", line 2, in divide', "def divide(by): return 1 / by",
        "ZeroDivisionError: division by zero"]


def test_preload_that_is_enabled_is_in_the_jail(start_lenient):
    server = start_lenient({"enable_preload": True})
    preload = f"import os\nstatus = os.system('touch {MARK} 2>/dev/null')\nuid = os.getuid()"
    assert stdout_of(server, "python3", "print(status != 0, uid != 0)", preload=preload) == "True True\n"
    assert not MARK.exists()


# Modes in which nothing but the run's one process can be ended for certain.
UNCONTAINED = ("rootless", "rootless-no-landlock")


@pytest.fixture
def start_lenient(make_server, mode):
    """start_lenient(config): a server that allows processes, where that is to be had."""
    if mode in UNCONTAINED:
        pytest.skip(f"processes cannot be allowed in the mode {mode}")
    return lambda config=None: make_server({"allow_processes": True, **(config or {})})


@pytest.fixture
def lenient_server(start_lenient):
    return start_lenient()


def test_processes_that_could_outlive_their_run_cannot_be_allowed(mode):
    if mode not in UNCONTAINED:
        pytest.skip(f"the mode {mode} contains processes")
    server = sandgate.Server({"allow_processes": True}, mode=mode)
    try:
        assert server.spawn().wait_exit() == 1
        assert "allow_processes" in server.stderr() and "would outlive their run" in server.stderr()
    finally:
        server.close()


def test_allowed_python_processes(lenient_server):
    code = """
        import multiprocessing, os, subprocess, sys
        print(os.system('exit 3') >> 8, subprocess.check_output(['echo', 'hi']), os.popen('echo pipe').read().strip())
        print(subprocess.run('cat', input='through', text=True, capture_output=True).stdout)
        print(subprocess.run([sys.executable, '-c', 'print(1 + 1)'], text=True, capture_output=True).stdout.strip())
        process = multiprocessing.Process(target=sys.exit, args=(5,))
        process.start(); process.join(); print(process.exitcode)
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        os.execl('/bin/echo', 'echo', 'the end')
        """
    data = good(lenient_server, "python3", code)
    assert data["stdout"].splitlines() == ["3 b'hi\\n' pipe", "through", "2", "5", "7", "the end"]
    assert data["denied"] == []


def test_allowed_process_pools(lenient_server):
    code = """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2) as pool:
            print(list(pool.map(abs, [-1, -2])))
        """
    assert stdout_of(lenient_server, "python3", code) == "[1, 2]\n"


def test_started_processes_find_the_program(lenient_server):
    code = """
        import multiprocessing
        def square(x):
            return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(square, [2, 3]))
        """
    assert stdout_of(lenient_server, "python3", code) == "[4, 9]\n"
    node = "const {fork} = require('child_process'); process.argv[2] ? console.log('in it') : fork(__filename, ['x'])"
    assert stdout_of(lenient_server, "nodejs", node) == "in it\n"
    node = "const c = require('cluster'); c.isPrimary ? c.fork().on('exit', (code) => console.log(code)) : process.exit(3)"
    assert stdout_of(lenient_server, "nodejs", node) == "3\n"


@pytest.mark.parametrize("language,code", {
    "python3": "import os\ns = '{}'\nprint(len(s), os.path.exists(__file__))",
    "nodejs": "const s = '{}'; console.log(s.length, require('fs').existsSync(__filename))",
}.items())
def test_a_program_without_room_for_itself_runs(make_server, language, code):
    server = make_server({"limits": {"file_mb": 1}})
    assert stdout_of(server, language, code.format("x" * (2 << 20))).lower() == f"{2 << 20} false\n"


def test_allowed_node_processes(lenient_server):
    code = """
        const {execSync, spawnSync, spawn} = require('child_process')
        console.log(execSync('echo hi', {encoding: 'utf8'}).trim(), spawnSync('cat', {input: 'in'}).stdout.toString())
        console.log(execSync(process.execPath + ' -p 1+1', {encoding: 'utf8'}).trim())
        spawn('sh', ['-c', 'exit 4']).on('exit', status => console.log(status))
        """
    data = good(lenient_server, "nodejs", code)
    assert data["stdout"] == "hi in\n2\n4\n"


def test_allowed_processes_stay_in_the_jail(lenient_server):
    code = f"import os\nprint(os.system('touch {MARK} 2>/dev/null') != 0, os.popen('cat /etc/shadow 2>/dev/null').read())"
    assert stdout_of(lenient_server, "python3", code) == "True \n"
    assert not MARK.exists()


def test_processes_left_behind_end_with_the_run(lenient_server):
    server = lenient_server
    stdout_of(server, "python3", "print(1)")
    before = server.counters_at_rest()
    code = "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\nprint('left')"
    assert stdout_of(server, "python3", code) == "left\n"
    assert server.wait_settled(before)["children"] <= before["children"]


def test_a_fork_bomb_ends_at_the_limit(start_lenient):
    server = start_lenient({"limits": {"processes": 32}})
    code = """
        import os, time
        count = 0
        try:
            while count < 1000:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                count += 1
        except BlockingIOError:
            print('limited', count < 100)
        """
    assert stdout_of(server, "python3", code) == "limited True\n"
    assert stdout_of(server, "python3", "print('next')") == "next\n"
