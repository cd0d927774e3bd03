// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run has no file, folder or socket open that is not its own.
// expected: absent
// origin: CVE-2024-21626, runc's leaked descriptor of the host's folder
// outside: as nobody

const fs = require('fs');
if (STAGE.outside) fs.openSync('/sys/fs', 'r');
const found = [];
for (let fd = 0; fd < 1024; ++fd) {
  let stat;
  try { stat = fs.fstatSync(fd); } catch { continue; }
  let name = '?';
  try { name = fs.readlinkSync(`/proc/self/fd/${fd}`); } catch {}
  const known = /^anon_inode:\[?(?:eventpoll|eventfd|timerfd|signalfd)|^pipe:|^\/dev\/null$/.test(name);
  const isNull = stat.isCharacterDevice() && stat.rdev === 0x103;
  const unnamed = name === '?' && ((stat.mode & 0o170000) === 0 || stat.isFIFO() || isNull);  // no type: anonymous
  const own = fd < 3 || known || unnamed;
  if (stat.isSocket() || stat.isDirectory() || !own) found.push(`${fd}: ${name}`);
}
console.log(found.length ? 'ESCAPED: ' + found : 'HELD: only pipes and event loops');
