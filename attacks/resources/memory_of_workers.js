// SPDX-License-Identifier: Apache-2.0
// claim: Workers with limits of their own take no more than the run may have.
// expected: limit out_of_memory, signal
// origin: resourceLimits of worker_threads
// outside: as nobody

const { Worker } = require('worker_threads');
const size = STAGE.outside ? 1 : 12;
const worker = new Worker(
  `const a = []; for (let i = 0; i < ${size}; ++i) a.push(new ArrayBuffer(1 << 30));
  require('worker_threads').parentPort.postMessage(a.length);`,
  { eval: true, resourceLimits: { maxOldGenerationSizeMb: 60000 } }
);
worker.on('message', (count) => console.log(`ESCAPED: ${count} GiB in a worker`));
worker.on('error', (error) => console.log('HELD: ' + error.message));
