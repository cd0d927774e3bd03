// SPDX-License-Identifier: Apache-2.0
// System calls on the network, time, System V and POSIX communication, and the kernel itself. See
// syscall_table.h for the columns.
#include "policy/syscall_rows.h"

namespace sandgate {
namespace {

constexpr auto kN = SyscallGroup::kNetwork;
constexpr auto kT = SyscallGroup::kTime;
constexpr auto kC = SyscallGroup::kIpc;
constexpr auto kK = SyscallGroup::kKernel;

constexpr std::string_view kGone = "use a call that Linux does not have any more";

constexpr Syscall kRows[] = {
    // Sockets.
    {"socket", kN, "open a socket", "domain type:socktype protocol"},
    {"socketpair", kN, "open a pair of sockets", "domain type:socktype protocol:int fds:address"},
    {"connect", kN, "connect a socket", "fd address:sockaddr length:uint"},
    {"bind", kN, "give a socket an address", "fd address:sockaddr length:uint"},
    {"listen", kN, "wait for connections", "fd backlog:int"},
    {"accept", kN, "accept a connection", "fd address length:address"},
    {"accept4", kN, "accept a connection", "fd address length:address flags:int"},
    {"sendto", kN, "send through a socket", "fd buffer:address size flags:msg address:sockaddr length:uint"},
    {"recvfrom", kN, "receive from a socket", "fd buffer:address size flags:msg address length:address"},
    {"sendmsg", kN, "send through a socket", "fd message:address flags:msg"},
    {"recvmsg", kN, "receive from a socket", "fd message:address flags:msg"},
    {"sendmmsg", kN, "send through a socket", "fd messages:address count:uint flags:msg"},
    {"recvmmsg", kN, "receive from a socket", "fd messages:address count:uint flags:msg timeout:address"},
    {"shutdown", kN, "close one direction of a socket", "fd how:int"},
    {"getsockname", kN, "ask for a socket's address", "fd address length:address"},
    {"getpeername", kN, "ask for a socket's peer", "fd address length:address"},
    {"setsockopt", kN, "set an option of a socket", "fd level:int option:int value:address length:uint"},
    {"getsockopt", kN, "read an option of a socket", "fd level:int option:int value:address length:address"},
    // Clocks and timers.
    {"time", kT, "ask for the time", "result:address"},
    {"gettimeofday", kT, "ask for the time", "result:address zone:address"},
    {"clock_gettime", kT, "ask for the time", "clock result:address"},
    {"clock_getres", kT, "ask how exact a clock is", "clock result:address"},
    {"nanosleep", kT, "sleep", "time:address rest:address"},
    {"clock_nanosleep", kT, "sleep", "clock flags:int time:address rest:address"},
    {"alarm", kT, "set an alarm", "seconds:uint"},
    {"getitimer", kT, "read a timer", "which:int result:address"},
    {"setitimer", kT, "set a timer", "which:int new:address old:address"},
    {"timer_create", kT, "create a timer", "clock event:address timer:address"},
    {"timer_settime", kT, "set a timer", "timer:int flags:int new:address old:address"},
    {"timer_gettime", kT, "read a timer", "timer:int result:address"},
    {"timer_getoverrun", kT, "read a timer", "timer:int"},
    {"timer_delete", kT, "delete a timer", "timer:int"},
    {"timerfd_create", kT, "create a timer", "clock flags:open"},
    {"timerfd_settime", kT, "set a timer", "fd flags:int new:address old:address"},
    {"timerfd_gettime", kT, "read a timer", "fd result:address"},
    {"settimeofday", kT, "set the machine's clock", "time:address zone:address"},
    {"clock_settime", kT, "set the machine's clock", "clock time:address"},
    {"adjtimex", kT, "adjust the machine's clock", "settings:address"},
    {"clock_adjtime", kT, "adjust the machine's clock", "clock settings:address"},
    // Communication.
    {"eventfd", kC, "create an event counter", "value:uint"},
    {"eventfd2", kC, "create an event counter", "value:uint flags:open"},
    {"shmget", kC, "share memory with other processes", "key:hex size flags:int"},
    {"shmat", kC, "share memory with other processes", "id:int address flags:int"},
    {"shmdt", kC, "share memory with other processes", "address"},
    {"shmctl", kC, "share memory with other processes", "id:int command:int buffer:address"},
    {"semget", kC, "use semaphores shared with other processes", "key:hex count:int flags:int"},
    {"semop", kC, "use semaphores shared with other processes", "id:int operations:address count:size"},
    {"semtimedop", kC, "use semaphores shared with other processes",
     "id:int operations:address count:size timeout:address"},
    {"semctl", kC, "use semaphores shared with other processes",
     "id:int index:int command:int argument:address"},
    {"msgget", kC, "use message queues shared with other processes", "key:hex flags:int"},
    {"msgsnd", kC, "use message queues shared with other processes", "id:int message:address size flags:int"},
    {"msgrcv", kC, "use message queues shared with other processes",
     "id:int message:address size type:long flags:int"},
    {"msgctl", kC, "use message queues shared with other processes", "id:int command:int buffer:address"},
    {"mq_open", kC, "use message queues shared with other processes",
     "name:string flags:open mode attributes:address"},
    {"mq_unlink", kC, "use message queues shared with other processes", "name:string"},
    {"mq_timedsend", kC, "use message queues shared with other processes",
     "fd message:address size priority:uint timeout:address"},
    {"mq_timedreceive", kC, "use message queues shared with other processes",
     "fd message:address size priority:address timeout:address"},
    {"mq_notify", kC, "use message queues shared with other processes", "fd event:address"},
    {"mq_getsetattr", kC, "use message queues shared with other processes", "fd new:address old:address"},
    // Ask about the machine.
    {"uname", kK, "ask for the kernel's name", "result:address"},
    {"sysinfo", kK, "ask for the machine's load and memory", "result:address"},
    {"getrandom", kK, "get random bytes", "buffer:address size flags:uint"},
    {"syslog", kK, "read the kernel's log", "action:int buffer:address size:int"},
    // Mounts and roots.
    {"mount", kK, "mount a file system", "source:path target:path type:string flags:mount data:address"},
    {"umount2", kK, "unmount a file system", "target:path flags:int"},
    {"pivot_root", kK, "change the root folder", "new:path old:path"},
    {"chroot", kK, "change the root folder", "path"},
    {"open_tree", kK, "mount a file system", "dirfd path flags:at"},
    {"open_tree_attr", kK, "mount a file system", "dirfd path flags:at attributes:address size", 467},
    {"move_mount", kK, "mount a file system", "dirfd path to_dirfd:dirfd to:path flags:uint"},
    {"fsopen", kK, "mount a file system", "type:string flags:uint"},
    {"fsconfig", kK, "mount a file system", "fd command:uint key:string value:address auxiliary:int"},
    {"fsmount", kK, "mount a file system", "fd flags:uint attributes:uint"},
    {"fspick", kK, "mount a file system", "dirfd path flags:uint"},
    {"mount_setattr", kK, "change a mount", "dirfd path flags:at attributes:address size"},
    {"statmount", kK, "ask about a mount", "request:address result:address size flags:uint", 457},
    {"listmount", kK, "list mounts", "request:address ids:address count:size flags:uint", 458},
    {"swapon", kK, "add swap space", "path flags:int"},
    {"swapoff", kK, "remove swap space", "path"},
    {"quotactl", kK, "change disk quotas", "command:uint device:path id argument:address"},
    {"quotactl_fd", kK, "change disk quotas", "fd command:uint id argument:address"},
    // Run the machine.
    {"reboot", kK, "restart the machine", "magic:hex magic2:hex command:hex argument:address"},
    {"kexec_load", kK, "load another kernel", "entry:hex count:size segments:address flags:hex"},
    {"kexec_file_load", kK, "load another kernel", "kernel:fd initrd:fd size command_line:string flags:hex"},
    {"init_module", kK, "load a kernel module", "image:address size parameters:string"},
    {"finit_module", kK, "load a kernel module", "fd parameters:string flags:int"},
    {"delete_module", kK, "remove a kernel module", "name:string flags:open"},
    {"create_module", kK, kGone, ""},
    {"get_kernel_syms", kK, kGone, ""},
    {"query_module", kK, kGone, ""},
    {"bpf", kK, "load a program into the kernel", "command:bpf attributes:address size:uint"},
    {"perf_event_open", kK, "measure the processor", "attributes:address pid cpu:int group:fd flags:hex"},
    {"uretprobe", kK, "run code of the kernel's tracing", "", 335},
    {"add_key", kK, "use the kernel's keyrings",
     "type:string description:string payload:address size keyring:int"},
    {"request_key", kK, "use the kernel's keyrings",
     "type:string description:string callout:string keyring:int"},
    {"keyctl", kK, "use the kernel's keyrings", "operation:keyctl value:hex"},
    {"iopl", kK, "reach the machine's ports", "level:uint"},
    {"ioperm", kK, "reach the machine's ports", "from:hex count:size on:int"},
    {"sethostname", kK, "rename the machine", "name:string size"},
    {"setdomainname", kK, "rename the machine", "name:string size"},
    {"vhangup", kK, "hang up the terminal", ""},
    {"nfsservctl", kK, kGone, ""},
    {"_sysctl", kK, kGone, ""},
    {"getpmsg", kK, kGone, ""},
    {"putpmsg", kK, kGone, ""},
    {"afs_syscall", kK, kGone, ""},
    {"tuxcall", kK, kGone, ""},
    {"security", kK, kGone, ""},
    {"vserver", kK, kGone, ""},
};

}  // namespace

std::span<const Syscall> SystemSyscalls() { return kRows; }

}  // namespace sandgate
