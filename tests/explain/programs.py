# SPDX-License-Identifier: Apache-2.0
"""Programs that each fail for one known cause: what this suite and docs/explain-results.md are made of.

A row names the program, the cause that is known of it, and what is expected of the fix:
  FIX    applied alone, it makes the program pass
  NEVER  it cannot be allowed
  other  the line for a file of packages, compared as text: this version installs nothing
`config` is merged into the server's, `container` replaces the cause where an outer container's own filter
or the absence of a tree makes it another one, `modes` names the modes that have the cause at all.
"""

import dataclasses
import os

FIX = "fix"
NEVER = "never"
BOTH = ("full", "container")

# A world-readable folder of the server outside of what runs see; conftest.py makes it, in each process of a
# parallel test run its own.
DOCUMENTED_OUTSIDE = "/opt/sandgate-explain"
OUTSIDE = DOCUMENTED_OUTSIDE + os.environ.get("PYTEST_XDIST_WORKER", "")

# call(name or number, arguments...): a function of libc or a bare system call, an exception where it fails.
PRELUDE = """import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(what, *arguments):
    function = libc.syscall if isinstance(what, int) else getattr(libc, what)
    if function(*(arguments if isinstance(what, str) else (what, *arguments))) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    language: str
    code: str
    layer: str
    subject: str  # the system call (clone: any that starts a process), or the object of another layer
    expected: str
    config: dict = dataclasses.field(default_factory=dict)
    network: bool = False
    container: tuple = ()  # (layer, subject) there
    modes: tuple = BOTH

    def cause(self, mode: str) -> tuple:
        if mode == "container" and self.container:
            return self.container
        return self.layer, self.subject


def python(name, code, layer, subject, expected, **more) -> Row:
    if "call(" in code:
        code = PRELUDE + code
    elif "os." in code and "import os" not in code:
        code = "import os\n" + code
    return Row("Python: " + name, "python3", code + "\nprint('passed')", layer, subject, expected, **more)


def node(name, code, layer, subject, expected, **more) -> Row:
    return Row("Node: " + name, "nodejs", code + "\nconsole.log('passed')", layer, subject, expected, **more)


def listed(name, code, syscall, **more) -> Row:
    return python(name, code, "seccomp", syscall, FIX, **more)


def hazard(name, code, syscall, **more) -> Row:
    return python(name, code, "seccomp", syscall, NEVER, **more)


OUTER = ("identity", "privilege")  # an outer filter refuses the call before ours sees it

LISTED = [
    listed("setuid", "os.setuid(os.getuid())", "setuid"),
    listed("setgid", "os.setgid(os.getgid())", "setgid"),
    listed("setreuid", "os.setreuid(-1, -1)", "setreuid"),
    listed("setresgid", "os.setresgid(-1, -1, -1)", "setresgid"),
    listed("write out all disks", "call('sync')", "sync"),
    listed("syncfs", "call('syncfs', 1)", "syncfs"),
    listed("queued input and output", "call(206, 1, ctypes.byref(ctypes.c_ulong(0)))", "io_setup"),
    listed("personality of old kernels", "call('personality', 0x20000)", "personality"),
    listed("disk priority", "call(251, 1, 0, (2 << 13) | 4)", "ioprio_set"),
    listed("drop capabilities", "head = (ctypes.c_uint32 * 2)(0x20080522, 0)\ncall('capset', head, (ctypes.c_uint32 * 6)())",
           "capset"),
    listed("watch a file", "call('inotify_init')\ncall('inotify_add_watch', 3, b'/usr', 2)", "inotify_add_watch"),
    node("watch a file", "require('fs').watch('.').close()", "seccomp", "inotify_add_watch", FIX),
    hazard("affinity of a numbered process", "os.sched_setaffinity(os.getpid(), os.sched_getaffinity(0))",
           "sched_setaffinity"),
    hazard("scheduler of a numbered process", "os.sched_setscheduler(os.getpid(), os.SCHED_BATCH, os.sched_param(0))",
           "sched_setscheduler"),
    listed("ioctl of file sizes", "import fcntl\nfcntl.ioctl(open('x', 'w+'), 0x5460, b'12345678')", "ioctl"),
    listed("keep capabilities", "call('prctl', 8, 0, 0, 0, 0)", "prctl"),
    listed("an entry beside others", "os.setuid(os.getuid())\nos.setgid(os.getgid())", "setgid",
           config={"allowed_syscalls": ["setuid", "206"]}),
    listed("an entry beside many others", "os.setgid(os.getgid())", "setgid",
           config={"allowed_syscalls": [str(number) for number in range(40)]}),
    node("setuid", "process.setuid(process.getuid())", "seccomp", "setuid", FIX),
    node("setgid", "process.setgid(process.getgid())", "seccomp", "setgid", FIX),
]

PROCESSES = [
    listed("fork", "import os\nif os.fork() == 0: os._exit(0)\nos.wait()", "clone"),
    listed("subprocess", "import subprocess\nsubprocess.run(['true'], check=True)", "clone"),
    listed("execv", "import os\nos.execv('/bin/echo', ['echo', 'passed'])", "execve"),
    listed("posix_spawn", "import os\nos.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", "clone"),
    listed("system", "import os\nif os.system('true') != 0: raise SystemExit(1)", "clone"),
    listed("asyncio", "import asyncio\nasync def main():\n    await (await asyncio.create_subprocess_exec('true')).wait()\n"
           "asyncio.run(main())", "clone"),
    listed("process group of a numbered process", "import os\nos.getpgid(os.getpid())", "getpgid"),
    listed("collect grandchildren", "call('prctl', 36, 1, 0, 0, 0)", "prctl"),
    node("execSync", "require('child_process').execSync('true')", "seccomp", "clone", FIX),
    node("spawn", "require('child_process').spawn('true').on('error', (e) => { throw e })", "seccomp", "clone", FIX),
]

OFF = {"enable_network": False}
NETWORK = [
    listed("TCP socket", "import socket\nsocket.socket()", "socket"),
    listed("UDP socket", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "socket"),
    listed("IPv6 socket", "import socket\nsocket.socket(socket.AF_INET6)", "socket"),
    listed("network interfaces", "import socket\nsocket.if_nameindex()", "socket"),
    listed("urllib", "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/').read()", "socket"),
    listed("asyncio connection", "import asyncio\nasync def main():\n    await asyncio.open_connection('127.0.0.1', {port})\n"
           "asyncio.run(main())", "socket"),
    listed("TCP socket, network off in the configuration", "import socket\nsocket.socket()", "socket", config=OFF),
    node("connect", "require('net').connect({port}, '127.0.0.1').on('connect', () => process.exit(0))",
         "seccomp", "socket", FIX),
    node("http.get", "require('http').get('http://127.0.0.1:{port}/', (r) => r.resume())", "seccomp", "socket", FIX),
    node("fetch", "fetch('http://127.0.0.1:{port}/').then((r) => r.text())", "seccomp", "socket", FIX),
    node("dgram", "require('dgram').createSocket('udp4').bind(0, function () { this.close() })", "seccomp", "socket", FIX),
    node("fetch, network off in the configuration", "fetch('http://127.0.0.1:{port}/').then((r) => r.text())",
         "seccomp", "socket", FIX, config=OFF),
]

HAZARDS = [
    hazard("ptrace", "call('ptrace', 16, 1, 0, 0)", "ptrace"),
    hazard("mount", "call('mount', b'none', b'/tmp', b'tmpfs', 0, None)", "mount", container=OUTER),
    hazard("umount", "call('umount2', b'/tmp', 0)", "umount2", container=OUTER),
    hazard("unshare", "call('unshare', 0x10000000)", "unshare", container=OUTER),
    hazard("setns", "call('setns', 0, 0)", "setns", container=OUTER),
    hazard("chroot", "os.chroot('/tmp')", "chroot"),
    hazard("bpf", "call(321, 0, 0, 0)", "bpf", container=OUTER),
    hazard("performance events", "call(298, 0, 0, -1, -1, 0)", "perf_event_open", container=OUTER),
    hazard("userfaultfd", "call(323, 0)", "userfaultfd", container=OUTER),
    hazard("kernel keys", "call(248, b'user', b'x', b'y', 1, -3)", "add_key", container=OUTER),
    hazard("load a kernel module", "call(175, 0, 0, b'')", "init_module", container=OUTER),
    hazard("kernel log", "call(103, 3, 0, 0)", "syslog", container=OUTER),
    hazard("shared memory of System V", "call('shmget', 1, 4096, 0o1600)", "shmget"),
    hazard("message queue", "call('mq_open', b'/x', 0o100, 0o600, None)", "mq_open"),
    hazard("memory of another process", "call('process_vm_readv', 1, None, 0, None, 0, 0)", "process_vm_readv"),
    hazard("files of another process", "call(438, 0, 0, 0)", "pidfd_getfd", container=OUTER),
    hazard("no memory randomisation", "call('personality', 0x40000)", "personality", container=OUTER),
    hazard("a filter of its own", "call(317, 1, 0, 0)", "seccomp"),
    hazard("who may inspect it", "call('prctl', 4, 1, 0, 0, 0)", "prctl"),
    hazard("raw packets", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "socket"),
    hazard("hypervisor sockets", "import socket\nsocket.socket(40, socket.SOCK_STREAM)", "socket", container=OUTER),
    hazard("kernel cryptography", "import socket\nsocket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)", "socket"),
    hazard("audit of the kernel", "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)", "socket"),
    hazard("device file", "import os, stat\nos.mknod('x', stat.S_IFBLK | 0o600, os.makedev(8, 0))", "mknodat"),
    hazard("host name", "import socket\nsocket.sethostname('x')", "sethostname", container=OUTER),
    hazard("clock of the machine", "import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)", "clock_settime",
           container=OUTER),
    hazard("limits of another process", "import resource\nresource.prlimit(1, resource.RLIMIT_AS)", "prlimit64"),
    hazard("priority of another process", "import os\nos.setpriority(os.PRIO_PROCESS, 1, 5)", "setpriority"),
    hazard("a call that nobody knows", "call(9999)", "syscall 9999"),
]

SHADOW = {"read_only_paths": ["/etc/shadow"]}
FILES = [
    python("read a file", f"open('{OUTSIDE}/data.txt').read()", "root", f"{OUTSIDE}/data.txt", FIX,
           container=("landlock", f"{OUTSIDE}/data.txt")),
    python("read it beside another path", f"import pathlib\npathlib.Path('{OUTSIDE}/data.txt').read_text()", "root",
           f"{OUTSIDE}/data.txt", FIX, container=("landlock", f"{OUTSIDE}/data.txt"),
           config={"read_only_paths": ["/usr/share"]}),
    python("list a folder", f"import os\nos.listdir('{OUTSIDE}')", "root", OUTSIDE, FIX, container=("landlock", OUTSIDE)),
    python("read a closed file", "open('/etc/shadow').read()", "root", "/etc/shadow", NEVER,
           container=("landlock", "/etc/shadow")),
    python("read a closed file that runs see", "open('/etc/shadow').read()", "identity", "/etc/shadow", NEVER,
           config=SHADOW),
    python("read in a closed folder", f"open('{OUTSIDE}/closed/data.txt').read()", "root",
           f"{OUTSIDE}/closed/data.txt", FIX, modes=("full",)),
    python("read in a closed folder, without a tree", f"open('{OUTSIDE}/closed/data.txt').read()", "landlock",
           f"{OUTSIDE}/closed/data.txt", NEVER, modes=("container",)),
    python("read what is nowhere", "open('/opt/no/such/file').read()", "root", "/opt/no/such/file", NEVER,
           container=("landlock", "/opt/no/such/file")),
    python("read the machine's memory use", "open('/proc/meminfo').read()", "root", "/proc/meminfo", NEVER,
           container=("landlock", "/proc/meminfo")),
    python("write to /usr", "open('/usr/x', 'w')", "root", "/usr/x", NEVER, container=("landlock", "/usr/x")),
    python("make a folder in /opt", "import os\nos.mkdir('/opt/x')", "root", "/opt/x", NEVER,
           container=("landlock", "/opt/x")),
    python("remove a program", "import os\nos.remove('/usr/bin/env')", "root", "/usr/bin/env", NEVER,
           container=("landlock", "/usr/bin/env")),
    node("read a file", f"require('fs').readFileSync('{OUTSIDE}/data.txt')", "root", f"{OUTSIDE}/data.txt", FIX,
         container=("landlock", f"{OUTSIDE}/data.txt")),
    node("read a file later", f"require('fs').promises.readFile('{OUTSIDE}/data.txt').then(() => 0)", "root",
         f"{OUTSIDE}/data.txt", FIX, container=("landlock", f"{OUTSIDE}/data.txt")),
    node("read a closed file", "require('fs').readFileSync('/etc/shadow')", "root", "/etc/shadow", NEVER,
         container=("landlock", "/etc/shadow")),
    node("read a closed file that runs see", "require('fs').readFileSync('/etc/shadow')", "identity", "/etc/shadow",
         NEVER, config=SHADOW),
    node("write to /usr", "require('fs').writeFileSync('/usr/x', 'x')", "root", "/usr/x", NEVER,
         container=("landlock", "/usr/x")),
    node("make a folder in /srv", "require('fs').mkdirSync('/srv/x')", "root", "/srv/x", NEVER,
         container=("landlock", "/srv/x")),
]


def limits(**values) -> dict:
    return {"limits": values}


THREADS = """import threading
stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(12)]
try:
    for thread in threads: thread.start()
finally: stop.set()"""

LIMITS = [
    python("open files", "files = [open('/dev/null') for _ in range(40)]", "rlimit", "limits.open_files", FIX,
           config=limits(open_files=32)),
    node("open files", "for (let i = 0; i < 30; i++) require('fs').openSync('/dev/null')", "rlimit",
         "limits.open_files", FIX, config=limits(open_files=40)),
    python("threads", THREADS, "rlimit", "limits.processes", FIX, config=limits(processes=8)),
    python("threads and memory", THREADS, "rlimit", "limits.memory_mb", FIX, config=limits(memory_mb=64)),
    python("forks", "import os, time\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(1); os._exit(0)", "rlimit",
           "limits.processes", FIX, config={"allow_processes": True, **limits(processes=4)}),
    python("memory", "keep = bytearray(80 << 20)", "rlimit", "limits.memory_mb", FIX, config=limits(memory_mb=64)),
    python("memory map", "import mmap\nkeep = mmap.mmap(-1, 80 << 20, mmap.MAP_PRIVATE)", "rlimit",
           "limits.memory_mb", FIX, config=limits(memory_mb=64)),
    node("memory", "const keep = []; for (let i = 0; i < 300; i++) keep.push(new Array(131072).fill(i + 0.5))", "rlimit",
         "limits.memory_mb", FIX, config=limits(memory_mb=256)),
    python("file size", "open('x', 'wb').write(bytes(3 << 19))", "rlimit", "limits.file_mb", FIX,
           config=limits(file_mb=1)),
    node("file size", "require('fs').writeFileSync('x', Buffer.alloc(3 << 19))", "rlimit", "limits.file_mb", FIX,
         config=limits(file_mb=1)),
    python("file and scratch space", "open('x', 'wb').write(bytes(3 << 20))", "rlimit", "limits.file_mb", FIX,
           config=limits(file_mb=2, scratch_mb=2), modes=("full",)),
    python("scratch space", "open('x', 'wb').write(bytes(3 << 20))", "scratch", "limits.scratch_mb", FIX,
           config=limits(scratch_mb=2), modes=("full",)),
    node("scratch space", "require('fs').writeFileSync('x', Buffer.alloc(3 << 20))", "scratch", "limits.scratch_mb", FIX,
         config=limits(scratch_mb=2), modes=("full",)),
    python("raise a limit", "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))", "rlimit",
           "setrlimit", NEVER),
    python("lock memory", "call('mlock', (ctypes.c_char * (1 << 20))(), 1 << 20)", "rlimit", "locked memory", NEVER),
]

UPLINK = [
    python("a name without address", "import socket\nsocket.getaddrinfo('name.invalid', 80)", "network",
           "name resolution", NEVER, network=True),
    python("nobody listens", "import socket\nsocket.create_connection(('127.0.0.1', 1))", "network",
           "connection refused", NEVER, network=True),
    python("a proxy that refuses", "import urllib.request\nurllib.request.urlopen('https://name.invalid/')", "network",
           "proxy", NEVER, network=True, config={"proxy": {"https": "http://127.0.0.1:{port}"}}),
    node("a name without address", "fetch('http://name.invalid/').then(() => 0)", "network", "name resolution", NEVER,
         network=True),
    node("nobody listens", "require('net').connect(1, '127.0.0.1')", "network", "connection refused", NEVER,
         network=True),
]

MODULES = [
    python("module of its own name", "import sandgate_tests_none", "module", "sandgate_tests_none",
           "sandgate_tests_none"),
    python("cv2", "import cv2", "module", "cv2", "opencv-python-headless"),
    python("sklearn", "from sklearn import svm", "module", "sklearn", "scikit-learn"),
    python("docx", "import docx", "module", "docx", "python-docx"),
    python("fitz", "import fitz", "module", "fitz", "PyMuPDF"),
    python("module of another system", "import msvcrt", "module", "msvcrt", NEVER),
    node("lodash", "require('lodash')", "module", "lodash", '"lodash": "*"'),
    node("part of a scoped package", "require('@aws-sdk/client-s3/x')", "module", "@aws-sdk/client-s3",
         '"@aws-sdk/client-s3": "*"'),
    node("import", "import { nanoid } from 'nanoid'", "module", "nanoid", '"nanoid": "*"'),
    node("a file beside it", "require('./helper')", "module", "./helper", NEVER),
    python("shared library", "import ctypes\nctypes.CDLL('libnone.so.1')", "library", "libnone.so.1", NEVER),
    python("shared library of Debian", "raise ImportError('libGL.so.1: cannot open shared object file: No such file or "
           "directory')", "library", "libGL.so.1", NEVER),
    python("shared library by path", f"import ctypes\nctypes.CDLL('{OUTSIDE}/libextra.so')", "library",
           f"{OUTSIDE}/libextra.so", FIX),
]

ALLOWED = {"allow_processes": True}
PROGRAMS = [
    python("program that is not there", "import subprocess\nsubprocess.run(['no-such-tool'])", "program",
           "no-such-tool", NEVER, config=ALLOWED),
    python("program by path", f"import subprocess\nsubprocess.run(['{OUTSIDE}/tool'], check=True)", "program",
           f"{OUTSIDE}/tool", FIX, config=ALLOWED),
    python("program in a shell", "import subprocess\nsubprocess.run('no-such-tool', shell=True, check=True)", "program",
           "no-such-tool", NEVER, config=ALLOWED),
    node("program that is not there", "require('child_process').execFileSync('no-such-tool')", "program",
         "no-such-tool", NEVER, config=ALLOWED),
    node("program in a shell", "require('child_process').execSync('no-such-tool')", "program", "no-such-tool", NEVER,
         config=ALLOWED),
]

IDENTITY = [
    python("account by id", "import pwd\npwd.getpwuid(87654321)", "identity", "account", NEVER),
    python("account by name", "import pwd\npwd.getpwnam('nobody-here')", "identity", "account", NEVER),
    python("give a file away", "import os\nopen('x', 'w').close()\nos.chown('x', 0, 0)", "identity", "chown", NEVER),
    python("higher priority", "import os\nos.nice(-5)", "identity", "priority", NEVER),
    node("higher priority", "require('os').setPriority(-5)", "identity", "priority", NEVER),
    python("signal to another process", "import os\nos.kill(1, 9)", "identity", "kill", NEVER),
]

ROWS = LISTED + PROCESSES + NETWORK + HAZARDS + FILES + LIMITS + UPLINK + MODULES + PROGRAMS + IDENTITY
