// SPDX-License-Identifier: Apache-2.0
// claim: No process of another user or run takes a signal, whatever number it has.
// expected: refused
// origin: classic
// outside: as root

const fs = require('fs');
const own = new Set([process.pid]);
try { // the keeper that shares this run's memory
  for (const name of fs.readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const text = fs.readFileSync(`/proc/${name}/status`, 'utf8');
    if (new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(text)) own.add(Number(name));
  }
} catch {}
const taken = [];
for (const pid of [STAGE.victim_pid, STAGE.server_pid, process.ppid, ...(STAGE.spawner_pids || [])]) {
  if (!pid || own.has(pid)) continue;
  try { process.kill(pid, 0); taken.push(pid); } catch {}
}
console.log(taken.length ? 'ESCAPED: may signal ' + taken : 'HELD: no number takes a signal');
