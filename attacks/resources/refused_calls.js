// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run that makes refused calls without end is stopped.
// expected: limit denied_limit
// origin: a supervisor kept busy by notifications
// outside: as root

const os = require('os');
const goal = STAGE.outside ? 3000 : 100000;
let refused = 0;
for (let i = 0; i < goal; ++i) {
  try {
    os.setPriority(STAGE.victim_pid, 1);
  } catch {
    ++refused;
  }
}
console.log(`ESCAPED: ${goal} calls, ${refused} refused, and still here`);
