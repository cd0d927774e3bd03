// SPDX-License-Identifier: Apache-2.0
// claim: A worker, also with another environment and other options, has no rights that its run lacks.
// expected: refused
// origin: threads that are started after the locks
// outside: as nobody

const { Worker } = require('worker_threads');
const code = `const fs = require('fs'); const { parentPort, workerData } = require('worker_threads');
  let text; try { text = fs.readFileSync(workerData, 'utf8'); } catch (error) { text = error.code; }
  parentPort.postMessage(text);`;
const seen = [];
let waiting = 2;
const end = (text) => {
  seen.push(String(text).trim());
  if (--waiting) return;
  const got = seen.find((one) => one.includes(STAGE.mark));
  console.log(got ? 'ESCAPED: read ' + got : 'HELD: ' + seen);
};
for (const options of [{}, { env: { NODE_OPTIONS: '--no-warnings', LD_PRELOAD: '' }, execArgv: ['--no-warnings'] }]) {
  const worker = new Worker(code, { eval: true, workerData: STAGE.secret_file, ...options });
  worker.on('message', end);
  worker.on('error', (error) => end(error.code || error.message));
}
