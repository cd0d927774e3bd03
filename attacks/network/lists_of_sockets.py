# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network does not see which sockets others have.
# expected: refused
# origin: /proc/net
# outside: as nobody

got, seen = [], []
needles = {
    "tcp": f":{STAGE['tcp_port']:04X} ",
    "udp": f":{STAGE['udp_port']:04X} ",
    "unix": str(STAGE["abstract_name"]),
    "route": "eth",
    "arp": "eth",
    "dev": "eth",
}
for name, needle in needles.items():
    for path in (f"/proc/net/{name}", f"/proc/self/net/{name}", f"/proc/thread-self/net/{name}", f"/proc/1/net/{name}"):
        try:
            with open(path) as file:
                if needle in file.read():
                    got.append(path)
        except OSError as error:
            seen.append(error.strerror)
print(f"ESCAPED: listed in {got}" if got else f"HELD: {sorted(set(seen))}")
