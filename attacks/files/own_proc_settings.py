# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make itself dearer to the kernel than the server, nor change its mappings of users.
# expected: refused
# origin: /proc/self/oom_score_adj: who is ended first when memory is short; uid_map
# outside: as root

got, seen = [], []


def write(name, text):
    try:
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
        return True
    except OSError as error:
        seen.append(error.strerror)
        return False


def score():
    try:
        with open("/proc/self/oom_score_adj") as file:
            return int(file.read())
    except OSError as error:
        seen.append(error.strerror)
        return 0


if STAGE["outside"]:
    write("oom_score_adj", "1000")
before = score()
if write("oom_score_adj", "0") and score() < before:
    got.append(f"oom_score_adj from {before} to {score()}")
for name, text in (("uid_map", "0 0 1"), ("gid_map", "0 0 1"), ("projid_map", "0 0 1")):
    if write(name, text):
        got.append(name)
print(f"ESCAPED: wrote {got}" if got else f"HELD: {sorted(set(seen))}")
