# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot open memory, disks or other devices of the machine.
# expected: refused
# origin: classic
# outside: as root

import os

got, seen = [], []
names = (
    "mem",
    "kmem",
    "port",
    "kmsg",
    "sda",
    "vda",
    "nvme0n1",
    "xvda",
    "loop-control",
    "fuse",
    "kvm",
    "net/tun",
    "vsock",
    "userfaultfd",
    "vhost-net",
    "uinput",
    "ptmx",
    "tty",
    "console",
    "mapper/control",
    "cpu/0/msr",
    "dri/card0",
)
for name in names:
    for flags in (os.O_RDONLY, os.O_RDWR):
        try:
            os.close(os.open("/dev/" + name, flags | os.O_NONBLOCK | os.O_NOCTTY))
            got.append(name)
            break
        except OSError as error:
            seen.append(error.strerror)
print(f"ESCAPED: opened {got}" if got else f"HELD: {sorted(set(seen))}")
