// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run that keeps itself alive in its exit handler is ended at its deadline.
// expected: limit timeout
// origin: process.on('exit') and process.exit replaced
// outside: as nobody

process.exit = () => {};
process.reallyExit = () => {};
process.on('exit', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STAGE.outside ? 50 : 1e9);
  require('fs').writeSync(1, 'ESCAPED: on in the exit handler\n');
});
