# SPDX-License-Identifier: Apache-2.0
"""Claim: calls that lead out of a jail or deep into the kernel are refused, by whatever road they are made.

Origin: the lists of calls in escapes from containers and sandboxes; 32-bit and x32 calls have slipped
through filters that looked at 64-bit numbers only. Arguments are such that a call does no harm if it works.
"""

import attack
import pytest

pytestmark = pytest.mark.skipif(attack.only_x86_64, reason="numbers and machine code of x86_64")

NEW = {"user": 0x10000000, "mount": 0x00020000, "pid": 0x20000000, "net": 0x40000000, "uts": 0x04000000,
       "ipc": 0x08000000, "cgroup": 0x02000000}

# name: (number, arguments as Python, whether it works outside for root)
CALLS = {
    "mount": (165, "b'none', b'/tmp', b'tmpfs', 0, 0", False),
    "umount2": (166, "b'/nonexistent', 0", False),
    "pivot_root": (155, "b'/nonexistent', b'/nonexistent'", False),
    "chroot": (161, "b'/'", True),
    "unshare": (272, "0x20000", True),
    "setns": (308, "-1, 0", False),
    "open_tree": (428, "-100, b'/', 1", True),
    "fsopen": (430, "b'tmpfs', 0", True),
    "move_mount": (429, "-1, b'', -1, b'', 0", False),
    "mount_setattr": (442, "-1, b'', 0, 0, 0", False),
    "ptrace": (101, "16, 1, 0, 0", False),
    "process_vm_readv": (310, "os.getpid(), 0, 0, 0, 0, 0", True),
    "process_vm_writev": (311, "os.getpid(), 0, 0, 0, 0, 0", True),
    "pidfd_getfd": (438, "-1, 0, 0", False),
    "kcmp": (312, "os.getpid(), os.getpid(), 0, 0, 0", True),
    "seccomp": (317, "2, 0, ctypes.byref(ctypes.c_uint32(0x7fff0000))", True),
    "bpf": (321, "0, 0, 0", False),
    "perf_event_open": (298, "0, 0, -1, -1, 0", False),
    "io_uring_setup": (425, "1, bytes(120)", False),
    "userfaultfd": (323, "0x80000", True),
    "keyctl": (250, "0, -3, 0", True),
    "add_key": (248, "b'user', b'sandgate-test', b'x', 1, -1", True),
    "request_key": (249, "b'user', b'sandgate-test', 0, 0", False),
    "kexec_load": (246, "0, 1, 0, 0xffffffff", False),
    "kexec_file_load": (320, "-1, -1, 0, 0, 0xffffffff", False),
    "init_module": (175, "0, 0, b''", False),
    "finit_module": (313, "-1, b'', 0", False),
    "delete_module": (176, "b'sandgate_none', 0", False),
    "reboot": (169, "0, 0, 0, 0", False),
    "swapon": (167, "b'/nonexistent', 0", False),
    "acct": (163, "b'/nonexistent'", False),
    "syslog": (103, "10, 0, 0", True),
    "iopl": (172, "0", False),
    "ioperm": (173, "0, 0, 0", False),
    "modify_ldt": (154, "0, bytes(16), 16", True),
    "open_by_handle_at": (304, "-100, bytes(16), 0", False),
    "name_to_handle_at": (303, "-100, b'/', bytes(136), 0, 0", False),
    "fanotify_init": (300, "0, 0", True),
    "quotactl": (179, "0, 0, 0, 0", False),
    "shmget": (29, "0, 4096, 0o1600", True),
    "semget": (64, "0, 1, 0o1600", True),
    "msgget": (68, "0, 0o1600", True),
    "mq_open": (240, "b'sandgate-none', 0, 0, 0", False),
    "settimeofday": (164, "0, 0", True),
    "clock_settime": (227, "99, 0", False),
    "sethostname": (170, "b'', -1", False),
    "personality": (135, "0x0040000", True),
    "memfd_secret": (447, "0", False),
    "landlock_create_ruleset": (444, "(1).to_bytes(8, 'little'), 8, 0", True),
    "inotify_add_watch": (254, "libc.inotify_init(), b'/usr/bin', 0x20", True),
    "fcntl(F_NOTIFY)": (72, "os.open('.', os.O_RDONLY), 1026, 1", True),
    "vmsplice": (278, "-1, 0, 0, 0", False),
    "move_pages": (279, "0, 0, 0, 0, 0, 0", True),
    "migrate_pages": (256, "0, 0, 0, 0", False),
    "process_madvise": (440, "-1, 0, 0, 0, 0", False),
    "lookup_dcookie": (212, "0, 0, 0", False),
    "vhangup": (153, "", False),
    "capset": (126, "0, 0", False),
}


@pytest.mark.parametrize("name", CALLS)
def test_call_is_refused(secret_server, name):
    number, arguments, works = CALLS[name]
    program = f"tell(call({number}, {arguments}))"
    if works:
        assert attack.outside(program) == "done"
    assert attack.inside(secret_server, program) in {"EPERM", "ENOSYS"}


def test_a_refusal_is_named_in_the_reply(secret_server):
    data = attack.data_of(secret_server, "tell(call(154, 0, bytes(16), 16))")
    assert [(denial["syscall"], denial["count"]) for denial in data["denied"]] == [("modify_ldt", 1)]


@pytest.mark.parametrize("kind", NEW)
def test_clone_makes_no_namespace(secret_server, kind):
    program = "r = call(56, flags | 17, 0, 0, 0, 0)\ntell(r)"
    values = attack.inside(secret_server, program, flags=NEW[kind])
    assert values == "EPERM"


def test_clone3_is_refused(secret_server):
    program = """
import struct
arguments = ctypes.create_string_buffer(struct.pack("<11Q", flags, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0))
ctypes.set_errno(0)
pid = libc.syscall(ctypes.c_long(435), arguments, ctypes.c_long(88))
if pid == 0: os._exit(0)
tell("done" if pid > 0 else errno.errorcode[ctypes.get_errno()])
"""
    assert attack.outside(program, flags=0) == "done"
    assert attack.inside(secret_server, program, flags=0) == "ENOSYS"
    assert attack.inside(secret_server, program, flags=NEW["user"]) == "ENOSYS"


MACHINE_CODE = """
import mmap
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(bytes.fromhex(code))
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
tell(ctypes.CFUNCTYPE(ctypes.c_long)(address)())
"""
# push rbx; mov eax, NUMBER; xor ebx..; int 0x80; pop rbx; movsxd rax, eax; ret
INT80 = "53b8{}31db31c931d2cd805b4863c0c3"
# mov eax, NUMBER; xor edi, edi; syscall; ret
SYSCALL = "b8{}31ff0f05c3"


def code_of(form: str, number: int) -> str:
    return form.format(number.to_bytes(4, "little").hex())


def test_a_64_bit_call_from_machine_code_works(secret_server):
    code = code_of(SYSCALL, 39)
    assert attack.inside(secret_server, MACHINE_CODE, code=code) > 0


def test_32_bit_calls_are_refused(secret_server):
    code = code_of(INT80, 20)  # getpid, which every run may call the ordinary way
    works = attack.outside(MACHINE_CODE, code=code)
    assert works > 0 or works == -38
    data = attack.data_of(secret_server, MACHINE_CODE, code=code)
    assert data["outcome"] == "signal" or attack.value_of(data["stdout"], data) in (-1, -38), data


def test_x32_calls_are_refused(secret_server):
    code = code_of(SYSCALL, 0x40000000 + 39)
    data = attack.data_of(secret_server, MACHINE_CODE, code=code)
    assert data["outcome"] == "signal" or attack.value_of(data["stdout"], data) in (-1, -38), data


def test_a_number_that_does_not_exist_is_refused(secret_server):
    assert attack.inside(secret_server, "tell([call(n) for n in (600, 5000, 100000)])") == ["ENOSYS"] * 3


@pytest.mark.parametrize("option,value", [
    (1, 0), (4, 0), (4, 1), (8, 1), (22, 1), (22, 2), (24, 21), (28, 0), (35, 0), (36, 1), (59, 0),
    (0x59616d61, -1)])
def test_prctl_changes_nothing_that_guards_the_run(secret_server, option, value):
    assert attack.inside(secret_server, "tell(call(157, option, value, 0, 0, 0))", option=option, value=value) == "EPERM"


def test_terminal_input_cannot_be_forged(secret_server):
    program = "import fcntl; tell([attempt(fcntl.ioctl, 0, request, b'x') for request in (0x5412, 0x541c, 0x541d)])"
    assert attack.inside(secret_server, program) == ["EPERM"] * 3
