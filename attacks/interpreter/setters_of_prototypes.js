// SPDX-License-Identifier: Apache-2.0
// claim: Setters and getters on prototypes catch no object of the start code and no secret.
// expected: absent
// origin: prototype pollution
// outside: as nobody

const caught = [];
const names = [
  'fd',
  'key',
  'env',
  'argv',
  'options',
  'path',
  'flags',
  'spawner',
  'serve',
  'socket',
  'handle',
  'control',
  'api_key',
];
for (const name of names) {
  Object.defineProperty(Object.prototype, name, {
    configurable: true,
    set(value) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
      caught.push([name, value]);
    },
    get() {
      return undefined;
    },
  });
}
if (STAGE.outside) ({}).spawner = { fork() {} };
const later = require('module').createRequire(process.cwd() + '/x.js');
try {
  later('./nothing');
} catch {}
try {
  require('fs').readFileSync('/nothing');
} catch {}
setImmediate(() => {
  const found = caught.filter(
    ([name, value]) => ['spawner', 'serve', 'control', 'api_key', 'socket'].includes(name) && value
  );
  for (const name of names) delete Object.prototype[name];
  console.log(
    found.length ? 'ESCAPED: caught ' + found.map(([name]) => name) : `HELD: ${caught.length} harmless values`
  );
});
