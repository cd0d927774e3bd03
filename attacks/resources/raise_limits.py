# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot raise its own limits.
# expected: refused
# origin: soft limits that anyone may raise
# outside: as nobody

import resource

got, seen = [], []
for name in (
    "AS",
    "CORE",
    "CPU",
    "DATA",
    "FSIZE",
    "MEMLOCK",
    "MSGQUEUE",
    "NICE",
    "NOFILE",
    "NPROC",
    "RTPRIO",
    "SIGPENDING",
    "STACK",
):
    number = getattr(resource, "RLIMIT_" + name)
    before = resource.getrlimit(number)
    if STAGE["outside"]:
        resource.setrlimit(number, (0 if before[0] else 0, before[1]))
        before = resource.getrlimit(number)
    if resource.RLIM_INFINITY in before:
        continue
    for wanted in (
        (before[1], before[1]),
        (before[0] + 1, before[1]),
        (before[1] + 1, before[1] + 1),
        (resource.RLIM_INFINITY,) * 2,
    ):
        try:
            resource.setrlimit(number, wanted)
        except (OSError, ValueError) as error:
            seen.append(str(error))
    if resource.getrlimit(number)[0] > before[0]:
        got.append(f"{name} from {before} to {resource.getrlimit(number)}")
print(f"ESCAPED: {got[:4]}" if got else f"HELD: {sorted(set(seen))}")
