// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run shares no writable memory with its spawner or with other runs, io_uring's rings included.
// expected: absent
// origin: libuv's io_uring rings would be shared by all children
// outside: as nobody

const fs = require('fs');
const needle = STAGE.outside ? /^\S+ \S{3}[ps] .*libc/ : /^\S+ .w.s /;
try {
  const maps = fs.readFileSync('/proc/self/maps', 'utf8').split('\n');
  const found = maps.filter((line) => needle.test(line));
  console.log(found.length ? 'ESCAPED: shared: ' + found[0] : 'HELD: every writable mapping is private');
} catch (error) {
  console.log(`HELD: ${error.code}, so no address is known`);
}
