# SPDX-License-Identifier: Apache-2.0
# claim: The kernel's lists of objects of all (keys, System V, locks, sockets) do not show those of others.
# expected: refused
# origin: files in /proc that no namespace covers
# outside: as root

got, seen = [], []
for path, needle in (
    ("/proc/keys", None),
    ("/proc/key-users", None),
    ("/proc/locks", "POSIX"),
    ("/proc/sysvipc/shm", STAGE["shm_id"]),
    ("/proc/sysvipc/msg", STAGE["msg_id"]),
    ("/proc/sysvipc/sem", STAGE["sem_id"]),
    ("/proc/swaps", None),
    ("/proc/timer_list", None),
    ("/proc/sched_debug", None),
):
    try:
        with open(path) as file:
            lines = file.read().splitlines()
        if (needle is None and len(lines) > 1) or (
            needle is not None and any(str(needle) in line.split() for line in lines)
        ):
            got.append(path)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: listed in {got}" if got else f"HELD: {sorted(set(seen))}")
