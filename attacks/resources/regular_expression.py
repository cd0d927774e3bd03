# SPDX-License-Identifier: Apache-2.0
# claim: A regular expression that takes years is ended at the deadline.
# expected: limit timeout, cpu_limit
# origin: ReDoS; the interpreter looks at no signal meanwhile
# outside: as nobody

import re

letters = 60 if not STAGE["outside"] else 20
re.match(r"(a|a)+$", "a" * letters + "!")
print("ESCAPED: the match came to an end")
