// SPDX-License-Identifier: Apache-2.0
// claim: No process of another user or run takes a signal, whatever number it has.
// expected: refused
// origin: classic
// outside: as root

const fs = require('fs');
const taken = [];
for (const pid of [STAGE.victim_pid, STAGE.server_pid, process.ppid, ...(STAGE.spawner_pids || [])]) {
  if (!pid || pid === process.pid) continue;
  try { process.kill(pid, 0); taken.push(pid); } catch {}
}
console.log(taken.length ? 'ESCAPED: may signal ' + taken : 'HELD: no number takes a signal');
