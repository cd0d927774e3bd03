// SPDX-License-Identifier: Apache-2.0
// claim: process.binding and internal modules open no file that fs may not.
// expected: refused
// origin: sandboxes that replace the fs module
// outside: as nobody

const seen = [];
let got = '';
const tries = [
  () => process.binding('fs').readFileUtf8(STAGE.secret_file, 0),
  () => process._linkedBinding('sandgate'),
  () => require('internal/bootstrap/realm'),
  () => require('fs').readFileSync(STAGE.secret_file, 'utf8'),
];
for (const step of tries) {
  try {
    const text = String(step());
    if (text.includes(STAGE.mark)) got = text.trim();
    seen.push('nothing');
  } catch (error) {
    seen.push(error.code || error.name);
  }
}
console.log(got ? 'ESCAPED: read ' + got : 'HELD: ' + seen);
