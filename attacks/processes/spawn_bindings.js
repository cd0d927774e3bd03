// SPDX-License-Identifier: Apache-2.0
// claim: The bindings below child_process (spawn_sync, process_wrap) start nothing either.
// expected: refused
// origin: sandboxes that replace child_process only
// outside: as nobody

const seen = [];
let got = '';
try {
  const spawn = process.binding('spawn_sync').spawn;
  const done = spawn({ file: '/bin/sh', args: ['sh', '-c', 'id -u'], envPairs: [],
    stdio: [{ type: 'pipe', readable: true, writable: false }, { type: 'pipe', readable: false, writable: true }] });
  if (done.output && done.output[1] && done.output[1].length) got = String(done.output[1]).trim();
  seen.push(done.error);
} catch (error) { seen.push(error.message); }
try {
  const { Process } = process.binding('process_wrap');
  const child = new Process();
  const result = child.spawn({ file: '/bin/true', args: ['true'], stdio: [] });
  if (result === 0) got += ` pid ${child.pid}`;
  seen.push(result);
} catch (error) { seen.push(error.message); }
console.log(got ? 'ESCAPED: started: ' + got : 'HELD: ' + seen);
