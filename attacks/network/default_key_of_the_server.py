# SPDX-License-Identifier: Apache-2.0
# claim: A run with the network cannot start runs on the server: known default keys do not open it.
# expected: refused
# network: yes
# origin: the public default key of the predecessor
# outside: as nobody

import http.client
import json

seen = []
body = json.dumps({"language": "python3", "code": "print('run in a run')"})
for key in ("dify-sandbox", "sandgate", "sandbox", "test-key-of-nobody", "changeme", "admin", ""):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", STAGE["api_port"], timeout=3)
        connection.request("POST", "/v1/sandbox/run", body, {"X-Api-Key": key, "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        seen.append((key, answer.status, "run in a run" in text or STAGE["mark"] in text))
    except (OSError, http.client.HTTPException) as error:
        seen.append((key, str(error), False))
got = [key for key, _, ran in seen if ran]
print(f"ESCAPED: the key {got[0]!r} starts runs; set app.key" if got else f"HELD: {[status for _, status, _ in seen]}")
