// SPDX-License-Identifier: Apache-2.0
// claim: A small text that unpacks to gigabytes ends at the limit of memory.
// expected: limit out_of_memory, signal, timeout
// origin: zip bombs
// outside: as nobody

const zlib = require('zlib');
let data = Buffer.alloc(8 << 20);
data = zlib.deflateSync(data, { level: 1 });
const size = STAGE.outside ? 64 << 20 : 60e9;
try {
  const parts = Buffer.allocUnsafeSlow(size); // what the bomb would need
  console.log(`ESCAPED: ${parts.length} bytes for ${data.length}`);
} catch (error) {
  console.log('HELD: ' + error.message);
}
