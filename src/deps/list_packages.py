# SPDX-License-Identifier: Apache-2.0
# Prints the distributions that this interpreter can import from, as JSON: [[name, version], ...].
import json
from importlib import metadata

found = {}
for distribution in metadata.distributions():
    name = distribution.metadata["Name"]
    if name:
        found.setdefault(name.lower(), [name, distribution.version or ""])
print(json.dumps([found[key] for key in sorted(found)]))
