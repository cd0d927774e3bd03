// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot read another process's memory through /proc/PID/mem.
// expected: refused
// origin: classic
// outside: as root

const fs = require('fs');
try {
  const fd = fs.openSync(`/proc/${STAGE.victim_pid}/mem`, 'r');
  const buffer = Buffer.alloc(STAGE.mark.length);
  fs.readSync(fd, buffer, 0, buffer.length, BigInt(STAGE.victim_address));
  console.log((String(buffer) === STAGE.mark ? 'ESCAPED: read ' : 'HELD: read other bytes ') + buffer);
} catch (error) {
  console.log('HELD: ' + error.code);
}
