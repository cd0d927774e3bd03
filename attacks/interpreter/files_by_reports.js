// SPDX-License-Identifier: Apache-2.0
// claim: Files that node writes itself (reports, heap snapshots, logs of V8) go nowhere that the run may not write.
// expected: refused
// origin: process.report.writeReport, v8.writeHeapSnapshot, --trace-event
// outside: as nobody

const fs = require('fs');
const target = STAGE.writable_dir + '/left-by-node';
const seen = [];
const got = [];
const steps = {
  report: () => process.report.writeReport(target),
  flags: () => require('v8').setFlagsFromString('--logfile=' + target),
  snapshot: () => require('v8').writeHeapSnapshot(target),
};
const error = console.error;
console.error = () => {};
for (const [name, step] of Object.entries(steps)) {
  try {
    step();
  } catch (problem) {
    seen.push(problem.code || problem.message.slice(0, 40));
  }
  if (fs.existsSync(target)) {
    got.push(name);
    fs.unlinkSync(target);
  }
}
console.error = error;
console.log(got.length ? 'ESCAPED: wrote by ' + got : 'HELD: ' + (seen.length ? seen : 'nothing was written'));
