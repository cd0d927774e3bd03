// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot find the folders of other runs beside its own.
// expected: refused
// origin: the predecessor's runs share one folder
// outside: as root

const fs = require('fs');
const path = require('path');
const seen = new Set();
let got = '';
const parent = path.dirname(process.cwd());
const folders = [STAGE.peer && STAGE.peer.dir];
for (const up of [parent, path.dirname(parent)].filter((one) => one !== '/' && one !== '/var')) {
  try {
    folders.push(...fs.readdirSync(up).map((name) => path.join(up, name)));
  } catch (error) {
    seen.add(error.code);
  }
}
for (const folder of folders.filter((one) => one && one !== process.cwd())) {
  try {
    for (const name of fs.readdirSync(folder)) {
      if (fs.readFileSync(path.join(folder, name), 'utf8').includes(STAGE.mark)) got = path.join(folder, name);
    }
  } catch (error) {
    seen.add(error.code);
  }
}
console.log(got ? 'ESCAPED: read the mark in ' + got : 'HELD: ' + [...seen]);
