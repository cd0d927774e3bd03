# SPDX-License-Identifier: Apache-2.0
"""Libraries ask who they run as, and for their own user's folder: a run has an account in every mode."""

import pytest
from programs import stdout_of


@pytest.mark.parametrize("code", [
    "import os, pwd\nme = pwd.getpwuid(os.getuid())\nprint(me.pw_name, me.pw_dir == os.environ['HOME'], me.pw_uid == os.getuid())",
    "import getpass, os\nos.environ.pop('USER'); os.environ.pop('LOGNAME')\nprint(getpass.getuser(), True, True)",
    "import os\nos.environ.pop('HOME')\nprint('sandbox', os.path.isdir(os.path.expanduser('~')), True)",
])
def test_python_has_an_account(server, code):
    assert stdout_of(server, "python3", code) == "sandbox True True\n"


def test_node_has_an_account(server):
    code = "const u = require('os').userInfo(); console.log(u.username, u.homedir === process.env.HOME, u.uid === process.getuid())"
    assert stdout_of(server, "nodejs", code) == "sandbox true true\n"


def test_a_library_that_was_built_long_ago_finds_its_files_in_tmp(server):
    # It calls __xstat, which newer programs do not; such wheels are still common.
    code = "import ctypes\nopen('/tmp/there', 'w').write('12345')\nlibc, out = ctypes.CDLL(None), (ctypes.c_long * 32)()\n" \
           "print([getattr(libc, '__' + name)(1, b'/tmp/there', out) for name in ('xstat', 'lxstat')], out[6],\n" \
           "      libc.__xstat(1, b'/tmp/absent', out))"
    assert stdout_of(server, "python3", code) == "[0, 0] 5 -1\n"
