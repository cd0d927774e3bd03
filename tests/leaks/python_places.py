# SPDX-License-Identifier: Apache-2.0
"""The places of Python programs (see places.py)."""

from places import Place


def file_in(folder: str) -> Place:
    where = {"the working directory": "os.getcwd()", "HOME": "os.environ['HOME']"}.get(folder, repr(folder))
    path = f"{where} + '/{'home-' if folder == 'HOME' else ''}' + tag"
    return Place(f"file in {folder}", "machine", f"with open({path}, 'w') as file: file.write(mark)",
                 f"seen = is_mark(read({path}))\nos.unlink({path})\nreturn seen")


MACHINE = [
    *map(file_in, ("the working directory", "HOME", "/tmp", "/var/tmp", "/dev/shm")),
    Place("System V shared memory", "machine", """
libc.shmat.restype = ctypes.c_void_p
segment = check(libc.shmget(number, 4096, 0o1666))
ctypes.memmove(libc.shmat(segment, None, 0), mark.encode(), 32)
""", """
libc.shmat.restype = ctypes.c_void_p
segment = check(libc.shmget(number, 0, 0))
seen = is_mark(ctypes.string_at(libc.shmat(segment, None, 0), 32))
libc.shmctl(segment, 0, None)
return seen
"""),
    Place("System V semaphore", "machine", "check(libc.semget(number, 1, 0o1666))",
          "libc.semctl(check(libc.semget(number, 0, 0)), 0, 0)\nreturn True"),
    Place("System V message queue", "machine", "check(libc.msgget(number, 0o1666))",
          "libc.msgctl(check(libc.msgget(number, 0)), 0, None)\nreturn True"),
    Place("POSIX shared memory", "machine", """
os.write(check(libc.shm_open(b"/shm-" + tag.encode(), os.O_RDWR | os.O_CREAT, 0o600)), mark.encode())
""", """
seen = is_mark(os.read(check(libc.shm_open(b"/shm-" + tag.encode(), os.O_RDONLY, 0)), 32))
libc.shm_unlink(b"/shm-" + tag.encode())
return seen
"""),
    Place("POSIX semaphore", "machine", """
libc.sem_open.restype = ctypes.c_void_p
check(libc.sem_open(b"/" + tag.encode(), os.O_CREAT, 0o600, 1))
""", """
libc.sem_open.restype = ctypes.c_void_p
check(libc.sem_open(b"/" + tag.encode(), 0))
libc.sem_unlink(b"/" + tag.encode())
return True
"""),
    Place("POSIX message queue", "machine",
          "check(libc.mq_open(b'/' + tag.encode(), os.O_RDWR | os.O_CREAT, 0o600, None))",
          "check(libc.mq_open(b'/' + tag.encode(), os.O_RDONLY))\nlibc.mq_unlink(b'/' + tag.encode())\nreturn True"),
    Place("keyring of the user", "machine",
          "check(libc.syscall(number_of(248, 217), b'user', tag.encode(), mark.encode(), 32, -4))", """
call = number_of(250, 219)
libc.syscall(call, 8, -4, -2, 0)  # into the own keyring, where it is found and may be read
key = check(libc.syscall(call, 10, -4, b"user", tag.encode(), 0))
buffer = ctypes.create_string_buffer(32)
check(libc.syscall(call, 11, key, buffer, 32))
libc.syscall(call, 9, key, -4)
return is_mark(buffer.raw)
"""),
    Place("times of a file of the server's user", "machine", "os.utime(own, (number, number))",
          "return int(os.stat(own).st_mtime) == number"),
    Place("mode of a file of the server's user", "machine", "os.chmod(own, 0o611)",
          "return stat.S_IMODE(os.stat(own).st_mode) == 0o611"),
    Place("extended attribute of a file of the server's user", "machine",
          "os.setxattr(own, 'user.' + tag, mark.encode())", "return is_mark(os.getxattr(own, 'user.' + tag))"),
    Place("round-trip time that TCP remembers", "machine", """
near, far, listener = own_pair()
for _ in range(12):
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)  # so that it confirms later
    near.send(b"x")
    time.sleep(0.06)
    far.recv(10)
near.close()
time.sleep(0.1)
far.close()
time.sleep(0.1)
""", """
near, far, listener = own_pair()
return struct.unpack_from("I", near.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 8)[0] > 215000  # tcpi_rto
"""),
    Place("port that closes", "machine", """
listener = socket.socket()
listener.bind(("127.0.0.1", closing_port))
listener.listen()
client = socket.create_connection(("127.0.0.1", closing_port))
server = listener.accept()[0]
server.close()
client.close()
""", """
try:
    socket.socket().bind(("127.0.0.1", closing_port))
except OSError as error:
    return error.errno == errno.EADDRINUSE
"""),
    Place("time at which a shared file was last read", "machine", "read(shared)",
          "return os.stat(shared).st_atime > 1_000_000"),
]

INTERPRETER = [
    Place("environment", "interpreter", "os.environ['LEAK'] = mark", "return is_mark(os.environ.get('LEAK', ''))"),
    Place("libc's environment", "interpreter", "libc.setenv(b'LEAK2', mark.encode(), 1)", """
libc.getenv.restype = ctypes.c_char_p
return is_mark(libc.getenv(b"LEAK2") or b"")
"""),
    Place("variable of a module", "interpreter", "json.leak = mark", "return is_mark(json.leak)"),
    Place("built-in name", "interpreter", "builtins.leak = mark", "return is_mark(builtins.leak)"),
    Place("loaded module", "interpreter", "sys.modules[tag] = types.ModuleType(mark)",
          "return is_mark(sys.modules[tag].__name__)"),
    Place("interned string", "interpreter", "builtins.kept = sys.intern('interned ' + mark)",
          "return find_in_memory('interned ')"),
    Place("memory that was freed", "interpreter", """
large = [bytearray(("freed " + mark).encode() * 2000) for _ in range(50)]
small = ["freed " + mark + str(n) for n in range(999)]
del large, small
""", "return find_in_memory('freed ')"),
    Place("code of the interpreter", "interpreter", """
address = ctypes.cast(ctypes.pythonapi.PyMarshal_WriteLongToFile, ctypes.c_void_p).value  # which nobody calls
check(libc.mprotect(ctypes.c_void_p(address & ~4095), 8192, 7))
ctypes.memmove(address, mark.encode(), len(mark))
""", """
address = ctypes.cast(ctypes.pythonapi.PyMarshal_WriteLongToFile, ctypes.c_void_p).value
return is_mark(ctypes.string_at(address, len(shifted)))
"""),
    Place("mapped memory", "interpreter", """
builtins.mapped = mmap.mmap(-1, 1 << 20)
mapped.write(("mapped " + mark).encode() * 100)
""", "return find_in_memory('mapped ')"),
    Place("file in memory", "interpreter", "os.write(os.dup2(os.memfd_create('leak'), 200), mark.encode())",
          "return is_mark(os.pread(200, 32, 0))"),
    Place("name of the process", "interpreter", "name_process(mark[:15])", """
name = ctypes.create_string_buffer(16)
libc.prctl(16, name, 0, 0, 0)
return "".join(chr(byte + 1) for byte in name.value) == shifted[:15]
"""),
    Place("priority", "interpreter", "os.nice(3)", "return os.nice(0) >= 3"),
    Place("scheduling policy", "interpreter", "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))",
          "return os.sched_getscheduler(0) == os.SCHED_BATCH"),
    Place("umask", "interpreter", "os.umask(0o123)", "return os.umask(0o022) == 0o123"),
    Place("resource limit", "interpreter", """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (number, resource.getrlimit(resource.RLIMIT_CPU)[1]))
""", "import resource\nreturn resource.getrlimit(resource.RLIMIT_CPU)[0] == number"),
    Place("score for the end when memory is short", "interpreter",
          "with open('/proc/self/oom_score_adj', 'w') as file: file.write('777')",
          "return read('/proc/self/oom_score_adj').strip() == '777'"),
    Place("interval timer", "interpreter", "signal.setitimer(signal.ITIMER_VIRTUAL, 10_000)",
          "return signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0"),
    Place("timer", "interpreter", """
event = (ctypes.c_int * 16)(0, 0, 0, 1)  # SIGEV_NONE
check(libc.timer_create(1, event, ctypes.byref(ctypes.c_void_p())))
""", "return libc.syscall(number_of(224, 108), 0, ctypes.create_string_buffer(32)) == 0"),
    Place("slack of timers", "interpreter", "libc.prctl(29, 123456, 0, 0, 0)",
          "return libc.prctl(30, 0, 0, 0, 0) == 123456"),
    Place("signal that waits", "interpreter", """
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
signal.raise_signal(signal.SIGUSR2)
""", "return signal.SIGUSR2 in signal.sigpending()"),
    Place("blocked signal", "interpreter", "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])",
          "return signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, [])"),
    Place("handler of a signal", "interpreter", "signal.signal(signal.SIGWINCH, signal.SIG_IGN)",
          "return signal.getsignal(signal.SIGWINCH) == signal.SIG_IGN"),
    Place("thread", "interpreter",
          "threading.Thread(target=time.sleep, args=(5,), daemon=True, name=mark).start()",
          "return any(is_mark(thread.name) for thread in threading.enumerate())"),
    Place("open pipe", "interpreter", """
ends = os.pipe()
os.write(ends[1], mark.encode())
os.dup2(ends[0], 201)
os.dup2(ends[1], 202)
""", "os.set_blocking(201, False)\nreturn is_mark(os.read(201, 32))"),
    Place("state of random numbers", "interpreter", "import random; random.seed(number)", """
import random
mine = random.Random(number)
return random.random() == mine.random()
"""),
    Place("state of decimal numbers", "interpreter", "import decimal; decimal.getcontext().prec = number",
          "import decimal\nreturn decimal.getcontext().prec == number"),
]

# What a process that stays could hold. Each is planted by a process that has left its run (see HOLD).
HOLDER = [
    Place("process that stays", "holder", "return None", "return pid > 0 and os.path.exists(f'/proc/{pid}')"),
    Place("abstract socket", "holder", """
builtins.abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\\0" + tag)
abstract.listen()
""", "socket.socket(socket.AF_UNIX).connect('\\0' + tag)\nreturn True"),
    Place("name of an abstract socket", "holder", """
builtins.named = socket.socket(socket.AF_UNIX)
named.bind("\\0name" + tag)
""", """
try:
    socket.socket(socket.AF_UNIX).bind("\\0name" + tag)
except OSError as error:
    return error.errno == errno.EADDRINUSE
"""),
    Place("named socket", "holder", """
builtins.path = socket.socket(socket.AF_UNIX)
path.bind("socket" + tag)
path.listen()
""", "socket.socket(socket.AF_UNIX).connect('socket' + tag)\nreturn True"),
    Place("lock on a shared file (flock)", "holder", """
builtins.flocked = open(shared_too)
fcntl.flock(flocked, fcntl.LOCK_EX | fcntl.LOCK_NB)
""", """
with open(shared_too) as file:
    return attempt(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB) == "EAGAIN"
"""),
    Place("lock on a shared file (fcntl)", "holder", """
builtins.locked = open(shared_too)
fcntl.fcntl(locked, fcntl.F_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0))
""", """
with open(shared_too) as file:
    asked = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
return struct.unpack("hhqqi4x", asked)[0] == fcntl.F_RDLCK
"""),
    Place("memory of a process that stays", "holder", "builtins.memory = mark * 100", """
with open(f"/proc/{pid}/maps") as file:
    return bool(file.read())
"""),
    Place("open port", "holder", """
builtins.listener = socket.socket()
listener.bind(("127.0.0.1", port))
listener.listen()
""", "socket.create_connection(('127.0.0.1', port)).close()\nreturn True"),
]

ALL = [*MACHINE, *INTERPRETER]

# Put before the planting of HOLDER: it goes on in a process that has left its run as far as it can, and that stays.
# The run ends when that has told what it could plant.
HOLD = """
import signal
telling = os.pipe()
if os.fork():
    os.close(telling[1])
    sys.stdout.write(os.fdopen(telling[0]).readline())
    sys.stdout.flush()
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
for number_of_signal in range(1, 65):
    attempt(signal.signal, number_of_signal, signal.SIG_IGN)
name_process(tag[-15:])
os.dup2(telling[1], 1)
"""
STAY = """
os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
os.dup2(1, 2)
os.close(telling[0]), os.close(telling[1])
time.sleep(20)
os._exit(0)
"""
