// SPDX-License-Identifier: Apache-2.0
// claim: child_process and cluster start nothing, by whatever function.
// expected: refused
// origin: classic
// outside: as nobody

const cp = require('child_process');
const seen = [];
let got = '';
for (const step of [
  () => cp.execSync('id -u', { stdio: 'pipe' }),
  () => cp.spawnSync('/bin/sh', ['-c', 'id -u']).stdout,
  () => cp.execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { stdio: 'pipe' }),
]) {
  try {
    const text = step();
    if (text && text.length) got = String(text).trim();
    else seen.push('nothing');
  } catch (error) {
    seen.push(error.code || error.message);
  }
}
console.log(got ? 'ESCAPED: output of a program: ' + got : 'HELD: ' + seen);
