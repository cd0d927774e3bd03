// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run that prints to stderr without end is stopped at the limit.
// expected: limit output_limit
// origin: the predecessor keeps all output in memory
// outside: as nobody

const fs = require('fs');
const line = Buffer.alloc(1 << 16, 120);
const goal = STAGE.outside ? 200 : 32 << 10;
for (let i = 0; i < goal;) {
  try { fs.writeSync(2, line); ++i; } catch (error) { if (error.code !== 'EAGAIN') throw error; }
}
console.log('ESCAPED: all is printed');
