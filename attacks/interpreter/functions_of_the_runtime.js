// SPDX-License-Identifier: Apache-2.0
// claim: Replacing functions of the language (call, apply, then, JSON) reaches no code of the server.
// expected: absent
// origin: tampering with globals after the lock-down
// outside: as nobody

const seen = new Set();
const fs = require('fs');
let busy = false;
const note = (text) => {
  if (busy) return;
  busy = true;
  if (/sandgate|API[_]KEY|spawner/.test(text)) seen.add(text.slice(0, 60));
  busy = false;
};
const wrap = (holder, name) => {
  const old = holder[name];
  holder[name] = function (...values) {
    if (!busy) for (const value of values) if (typeof value === 'string') note(value);
    return Reflect.apply(old, this, values);
  };
};
for (const [holder, name] of [
  [JSON, 'stringify'],
  [JSON, 'parse'],
  [Array.prototype, 'push'],
  [Array.prototype, 'join'],
  [String.prototype, 'split'],
  [RegExp.prototype, 'test'],
  [Promise.prototype, 'then'],
  [Map.prototype, 'set'],
  [Buffer.prototype, 'toString'],
])
  wrap(holder, name);
if (STAGE.outside) JSON.parse('"a word of the spaw' + 'ner"');
process.on('beforeExit', () => {
  if (seen.told) return;
  seen.told = true;
  fs.writeSync(1, (seen.size ? 'ESCAPED: heard ' + [...seen] : 'HELD: nothing of the server was heard') + '\n');
});
setTimeout(() => {}, 5);
