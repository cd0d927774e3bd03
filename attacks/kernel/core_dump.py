# SPDX-License-Identifier: Apache-2.0
# claim: A run that crashes starts no helper of the machine and writes no core file.
# expected: limit signal
# origin: core_pattern pipes run as root on the host: CVE-2022-28655, CVE-2025-4598
# outside: as nobody

import glob
import os
import resource
import signal
import sys

try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("ESCAPED: the limit is", resource.getrlimit(resource.RLIMIT_CORE))
    sys.exit(0)
except (OSError, ValueError) as error:
    print(f"the limit stays: {error}", file=sys.stderr, flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
