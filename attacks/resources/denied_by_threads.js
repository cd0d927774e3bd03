// SPDX-License-Identifier: Apache-2.0
// claim: Refused calls that come from many threads at once are counted, and the run ends.
// expected: limit denied_limit
// origin: a supervisor kept busy by notifications
// outside: as nobody

const cp = require('child_process');
const goal = STAGE.outside ? 3 : 5000;
let failed = 0;
let ran = 0;
for (let i = 0; i < goal; ++i) {
  const done = cp.spawnSync('/bin/true');
  if (done.error) ++failed; else ++ran;
}
console.log(`ESCAPED: ${ran} programs started, ${failed} refused, and still here`);
