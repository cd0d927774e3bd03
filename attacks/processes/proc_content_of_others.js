// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run reads no environment and command line of other processes.
// expected: refused
// origin: classic
// outside: as root

const fs = require('fs');
const seen = new Set();
let got = '';
for (const pid of [STAGE.victim_pid, STAGE.server_pid, process.ppid, 1]) {
  for (const name of ['environ', 'cmdline', 'maps', 'status']) {
    if (!pid || pid === process.pid) continue;
    try {
      const text = fs.readFileSync(`/proc/${pid}/${name}`, 'latin1');
      if (text) got = `${pid}/${name} ${text.slice(0, 40)}`;
    } catch (error) { seen.add(error.code); }
  }
}
console.log(got ? 'ESCAPED: read ' + JSON.stringify(got) : 'HELD: ' + [...seen]);
