// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run finds nothing of the kernel to write to in /proc and /sys.
// expected: refused
// origin: classic
// outside: as root

const fs = require('fs');
const seen = new Set();
const got = [];
for (const path of [
  '/proc/sys/kernel/core_pattern',
  '/proc/sysrq-trigger',
  '/proc/sys/vm/drop_caches',
  '/sys/power/state',
  '/proc/sys/kernel/modprobe',
  '/sys/kernel/mm/ksm/run',
  '/dev/kmsg',
]) {
  try {
    fs.closeSync(fs.openSync(path, 'r+')); // opened for writing, nothing written
    got.push(path);
  } catch (error) {
    seen.add(error.code);
  }
}
console.log(got.length ? 'ESCAPED: may write ' + got : 'HELD: ' + [...seen]);
