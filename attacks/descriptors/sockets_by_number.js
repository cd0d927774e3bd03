// SPDX-License-Identifier: Apache-2.0
// claim: Node.js finds no connection to the server or spawner behind any number of a descriptor.
// expected: absent
// origin: net.Socket({ fd }), process._getActiveHandles()
// outside: as nobody

const net = require('net');
const kept = STAGE.outside ? net.createServer().listen('\0attack-' + process.pid) : null;
const found = process
  ._getActiveHandles()
  .filter((handle) => handle instanceof net.Socket && handle.remoteAddress)
  .map(String);
for (let fd = 3; fd < 256; ++fd) {
  try {
    const kind = process.binding('util').guessHandleType ? process.binding('util').guessHandleType(fd) : '';
    if (kind === 'TCP' || kind === 'UDP') found.push(`${fd}: ${kind}`);
  } catch {}
  try {
    if (require('fs').fstatSync(fd).isSocket()) found.push(`${fd}: socket`);
  } catch {}
}
console.log(found.length ? 'ESCAPED: ' + found : 'HELD: no socket');
if (kept) process.exit();
