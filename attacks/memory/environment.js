// SPDX-License-Identifier: Apache-2.0
// claim: No variable of the server's environment reaches a Node.js run.
// expected: absent
// origin: classic
// outside: as nobody

const fs = require('fs');
if (STAGE.outside) process.env.OPERATORS_KEY = STAGE.mark;
let kernel = '';
try { kernel = fs.readFileSync('/proc/self/environ', 'latin1'); } catch {}
const names = [...Object.keys(process.env), ...kernel.split('\0').map((part) => part.split('=')[0])];
const bad = names.filter((name) => /KEY|SECRET|TOKEN|PASSWORD/i.test(name));
console.log(bad.length ? 'ESCAPED: ' + bad : 'HELD: ' + [...new Set(names)]);
