// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot start workers without end.
// expected: limit out_of_memory, signal, failed
// origin: classic
// open in: rootless: number of processes and threads not limited but by memory
// outside: as nobody

const { Worker } = require('worker_threads');
const goal = STAGE.outside ? 3 : 80;
let up = 0;
let told = false;
const tell = (text) => { if (!told) { told = true; require('fs').writeSync(1, text + '\n'); process.exit(); } };
for (let i = 0; i < goal; ++i) {
  try {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, stdout: true });
    worker.on('online', () => { if (++up === goal) tell(`ESCAPED: ${up} workers`); });
    worker.on('error', (error) => tell(`HELD: ${error.code || error.message} with ${up} workers`));
  } catch (error) {
    tell(`HELD: ${error.code || error.message} with ${up} workers`);
  }
}
