// SPDX-License-Identifier: Apache-2.0
// claim: A run that destroys its own globals harms itself only: it ends, and nothing of it stays.
// expected: absent
// origin: poisoning of a fork server's children in the hope that they are used again
// outside: as nobody

const fs = require('fs');
const poisoned = Boolean(
  globalThis.poisoned || Object.prototype.poisoned || require('fs').poisoned || process.env.POISONED
);
Object.prototype.poisoned = true;
fs.poisoned = true;
process.env.POISONED = '1';
globalThis.poisoned = true;
const again = STAGE.outside ? Boolean({}.poisoned) : poisoned;
fs.writeSync(1, (again ? "ESCAPED: an earlier run's poison is here" : 'HELD: a fresh world') + '\n');
process.reallyExit(0);
