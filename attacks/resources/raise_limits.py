# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot raise its own limits.
# expected: refused
# origin: setrlimit and prlimit with the rights of root
# outside: as root
import resource

got, seen = [], []
for name in ("AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "MSGQUEUE", "NICE", "NOFILE", "NPROC", "RTPRIO", "SIGPENDING", "STACK"):
    number = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(number)
    if hard == resource.RLIM_INFINITY and not STAGE["outside"]:
        continue
    try:
        if STAGE["outside"]:
            resource.setrlimit(number, (min(soft, 1000) if soft >= 0 else 1000, 1000))
            hard = 1000
            if name != "NOFILE":
                continue
        resource.setrlimit(number, (hard + 1, hard + 1))
        got.append(f"{name} {resource.getrlimit(number)}")
    except (OSError, ValueError) as error:
        seen.append(str(error))
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(set(seen))}")
