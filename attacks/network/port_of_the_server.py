# SPDX-License-Identifier: Apache-2.0
# claim: A run without the network cannot reach the server's own port, whatever key it knows.
# expected: refused
# origin: a run that starts runs: no deadline, no limit
# outside: as nobody

import http.client

seen = []
for host in ("127.0.0.1", "localhost", "::1"):
    for key in ("dify-sandbox", "sandgate", ""):
        try:
            connection = http.client.HTTPConnection(host, STAGE["api_port"], timeout=1)
            connection.request("GET", "/health", headers={"X-Api-Key": key})
            seen.append(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            seen.append(str(error))
got = [one for one in seen if isinstance(one, int)]
print(f"ESCAPED: the server answers {got}" if got else f"HELD: {sorted(set(seen))}")
