# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot write settings of the kernel: core_pattern, modprobe, binfmt_misc, sysctls.
# expected: refused
# origin: container breakouts by /proc/sys/kernel/core_pattern and modprobe
# outside: as root

got, seen = [], []
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory",
             "/proc/sys/kernel/hostname", "/proc/sys/fs/protected_hardlinks", "/proc/sys/kernel/randomize_va_space",
             "/proc/sys/net/ipv4/ip_forward", "/proc/sys/user/max_user_namespaces"):
    try:
        with open(path) as file:
            value = file.read()
        with open(path, "w") as file:  # the same value: proof without harm
            file.write(value)
        got.append(path)
    except OSError as error:
        seen.append(error.strerror)
for path in ("/proc/sysrq-trigger", "/proc/sys/fs/binfmt_misc/register", "/sys/kernel/uevent_helper"):
    try:
        open(path, "w").close()
        got.append(path)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: wrote {got}" if got else f"HELD: {sorted(set(seen))}")
