// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run finds no way out through /proc/PID/root, cwd or fd of any process that it can see.
// expected: refused
// origin: container breakouts through /proc/1/root
// outside: as root

const fs = require('fs');
let pids = [1, STAGE.victim_pid, STAGE.server_pid];
try { pids = pids.concat(fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))); } catch {}
const seen = new Set();
let got = '';
for (const pid of pids) {
  for (const way of ['root', 'cwd/../../../../../..']) {
    if (Number(pid) === process.pid) continue;
    try {
      const text = fs.readFileSync(`/proc/${pid}/${way}${STAGE.secret_file}`, 'utf8');
      if (text.includes(STAGE.mark)) got = text.trim();
    } catch (error) {
      seen.add(error.code);
    }
  }
}
console.log(got ? 'ESCAPED: read ' + got : 'HELD: ' + [...seen]);
