// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot write into a foreign folder or file that everybody may write to.
// expected: refused
// origin: classic
// outside: as nobody

const fs = require('fs');
const path = STAGE.writable_dir + '/left-by-a-node-run';
const steps = {
  write: () => { fs.writeFileSync(path, 'x'); fs.unlinkSync(path); },
  append: () => fs.appendFileSync(STAGE.writable_file, ''),
  folder: () => { fs.mkdirSync(path); fs.rmdirSync(path); },
  copy: () => { fs.writeFileSync('mine', 'x'); fs.copyFileSync('mine', path); fs.unlinkSync(path); },
  temporary: () => fs.rmdirSync(fs.mkdtempSync(path)),
};
const got = [];
const seen = new Set();
for (const [name, step] of Object.entries(steps)) {
  try { step(); got.push(name); } catch (error) { seen.add(error.code); }
}
console.log(got.length ? 'ESCAPED: done: ' + got : 'HELD: ' + [...seen]);
