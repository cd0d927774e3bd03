// SPDX-License-Identifier: Apache-2.0
// claim: A function of the user's that is hoisted over parseInt does not stop the locks from closing.
// expected: refused
// origin: the published attack on the predecessor: its start code called parseInt in the user's scope
// outside: as root

const fs = require('fs');
let called = 0;
let got = '';
try {
  got = fs.readFileSync(STAGE.closed_file, 'utf8').trim();
} catch (error) {
  got = '';
}
const root = process.getuid() === 0;
console.log(
  got || root
    ? `ESCAPED: uid ${process.getuid()}, read ${got}`
    : `HELD: uid ${process.getuid()}, parseInt was asked ${called} times`
);
function parseInt() {
  called += 1;
  throw new Error('the locks stay open');
}
function Number() {
  called += 1;
  return 0;
}
function setTimeout() {
  called += 1;
}
