// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run whose loop never comes back is ended at its deadline.
// expected: limit timeout
// origin: timeouts by a timer of the same thread
// outside: as nobody

process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
const word = new Int32Array(new SharedArrayBuffer(4));
if (STAGE.outside) process.kill(process.pid, 'SIGTERM');
Atomics.wait(word, 0, 0, STAGE.outside ? 100 : 1e9); // the thread sleeps: no timer, no handler
console.log('ESCAPED: on after SIGTERM');
