// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot read a file of the host that everybody on the machine may read.
// expected: refused
// origin: classic
// outside: as nobody

const fs = require('fs');
try {
  console.log('ESCAPED: read ' + fs.readFileSync(STAGE.secret_file, 'utf8').trim());
} catch (error) {
  console.log('HELD: ' + error.code);
}
