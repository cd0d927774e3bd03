// SPDX-License-Identifier: Apache-2.0
// claim: V8's heap in a run holds no key, header or program of the server or of earlier runs.
// expected: absent
// origin: fork servers: v8.getHeapSnapshot in a child
// outside: as nobody

const fs = require('fs');
const v8 = require('v8');
if (STAGE.outside) globalThis.kept = ['API', 'KEY=' + STAGE.mark].join('_').split('').join('');
try {
  const text = fs.readFileSync(v8.writeHeapSnapshot('heap'), 'latin1');
  const found = text.match(
    /API[_]KEY=[!-~]{4,40}|[X]-API-KEY: ?[!-~]{4,40}|\/\/ clai[m]: (?!V8's heap)[A-Z][^\n"\\]{10,60}/
  );
  console.log(found ? 'ESCAPED: found ' + found[0] : `HELD: nothing in ${text.length >> 10} KiB`);
} catch (error) {
  console.log('HELD: ' + error.message);
}
