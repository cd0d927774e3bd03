// SPDX-License-Identifier: Apache-2.0
// claim: Machine code that a run writes and loads as an addon or library is under the same locks.
// expected: refused
// origin: process.dlopen of a file of the user's
// outside: as nobody

const fs = require('fs');
const seen = [];
let got = '';
for (const library of [
  'libc.so.6',
  '/usr/lib/x86_64-linux-gnu/libc.so.6',
  '/usr/lib/aarch64-linux-gnu/libc.so.6',
  '/lib64/libc.so.6',
]) {
  try {
    process.dlopen({ exports: {} }, library);
    seen.push('loaded');
  } catch (error) {
    seen.push(error.code || error.message.slice(0, 40));
  }
}
fs.writeFileSync('addon.node', 'no addon');
try {
  require(process.cwd() + '/addon.node');
} catch (error) {
  seen.push(error.code || 'refused');
}
try {
  got = fs.readFileSync(STAGE.secret_file, 'utf8').trim();
} catch (error) {
  seen.push(error.code);
}
console.log(got ? 'ESCAPED: read ' + got : 'HELD: ' + seen);
