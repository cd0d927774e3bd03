// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot fork or unlock itself by loading the server's own library again.
// expected: limit failed, signal
// origin: process.dlopen of the addon that made this process
// outside: never: the library has no use outside of a spawner

const fs = require('fs');
let maps = ''; // without /proc: what the loader remembers
try {
  maps = fs.readFileSync('/proc/self/maps', 'utf8');
} catch {
  maps = Object.keys(require('module')._pathCache).join('\n').replace(/\0/g, '\n');
}
const paths = [...new Set(maps.match(/\/\S*sandgate\S*/g) || [])];
const seen = [];
for (const path of paths) {
  for (const flags of [1, 2, 0x101]) {
    try {
      const module = { exports: {} };
      process.dlopen(module, path, flags);
      seen.push(Object.keys(module.exports).join('+'));
      for (const name of ['serve', 'pipe', 'begin']) {
        try {
          seen.push(name + ' ' + JSON.stringify(module.exports[name]()));
        } catch (error) {
          seen.push(error.message);
        }
      }
    } catch (error) {
      seen.push(error.code || error.message.slice(0, 50));
    }
  }
}
let got = '';
try {
  got = fs.readFileSync(STAGE.closed_file, 'utf8');
} catch (error) {
  seen.push(error.code);
}
const mode = fs.readFileSync('/proc/self/status', 'utf8').match(/^Seccomp:\s+(\d)/m)[1];
console.log(
  got || mode !== '2' ? `ESCAPED: filter mode ${mode} ${got}` : 'HELD: ' + [...new Set(seen)].join(', ').slice(0, 150)
);
