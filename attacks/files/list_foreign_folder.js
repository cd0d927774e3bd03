// SPDX-License-Identifier: Apache-2.0
// claim: A run cannot list a foreign folder, nor walk to it from the root.
// expected: refused
// origin: classic
// outside: as nobody

const fs = require('fs');
const seen = new Set();
let got = '';
let folder = STAGE.secret_dir;
for (const list of [fs.readdirSync, (path) => { const it = fs.opendirSync(path); return [it.readSync().name]; },
  (path) => fs.globSync ? fs.globSync(path + '/*') : []]) {
  try {
    const names = list(folder);
    if (names.length) got = String(names);
  } catch (error) {
    seen.add(error.code);
  }
}
console.log(got ? 'ESCAPED: listed ' + got : 'HELD: ' + [...seen]);
