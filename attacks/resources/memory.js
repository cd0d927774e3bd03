// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run that takes memory without end is stopped at its limit.
// expected: limit out_of_memory, signal
// origin: classic
// outside: as nobody

const blocks = [];
const goal = STAGE.outside ? 2 : 64;
try {
  for (let i = 0; i < goal; ++i) blocks.push(Buffer.allocUnsafeSlow(256 << 20)); // untouched pages
  console.log(`ESCAPED: ${blocks.length * 256} MiB`);
} catch (error) {
  console.log(`HELD: ${error.message} at ${blocks.length * 256} MiB`);
}
