// SPDX-License-Identifier: Apache-2.0
// claim: A run cannot open descriptors of others by /proc/PID/fd, such as files in memory and pipes.
// expected: refused
// origin: /proc/PID/fd opens anew, with the rights of who opens
// outside: as root

const fs = require('fs');
const seen = new Set();
const got = [];
const peer = STAGE.peer || {};
for (const pid of [STAGE.victim_pid, STAGE.server_pid, peer.pid, process.ppid]) {
  for (let fd = 0; pid && pid !== process.pid && fd < 16; ++fd) {
    try {
      fs.closeSync(fs.openSync(`/proc/${pid}/fd/${fd}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
      got.push(`${pid}/${fd}`);
    } catch (error) { seen.add(error.code); }
  }
}
console.log(got.length ? 'ESCAPED: opened ' + got : 'HELD: ' + [...seen]);
