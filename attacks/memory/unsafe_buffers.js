// SPDX-License-Identifier: Apache-2.0
// claim: Buffers that are not cleared hold nothing of the server or of earlier runs.
// expected: absent
// origin: Buffer(number), the leak of 2016
// outside: as nobody

const needle = /[k]eep-this-secret-[0-9a-f]+|API[_]KEY=[!-~]+|[X]-Api-Key/i;
if (STAGE.outside) {
  const pool = Buffer.allocUnsafe(64);
  new Uint8Array(pool.buffer).fill(65);
  pool.parent.constructor && Buffer.from('keep-this-' + 'secret-0123').copy(new Uint8Array(pool.buffer), 1000);
}
let found = null;
let total = 0;
const keep = [];
for (const size of [100, 1000, 4000, 4000, 20000, 100000]) {
  for (let i = 0; i < 50 && !found; ++i) {
    const buffer = i % 2 ? Buffer.allocUnsafeSlow(size) : Buffer.from(Buffer.allocUnsafe(size).buffer);
    keep.push(buffer);
    total += buffer.length;
    found = buffer.toString('latin1').match(needle);
  }
}
console.log(found ? 'ESCAPED: found ' + found[0] : `HELD: nothing in ${total >> 10} KiB`);
