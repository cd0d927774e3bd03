// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot become another user or group.
// expected: refused
// origin: the published attack on the predecessor ends with the rights of root
// outside: as root

const seen = [];
const got = [];
for (const name of ['setgroups', 'setegid', 'setgid', 'seteuid', 'setuid']) {
  try { process[name](name === 'setgroups' ? [] : 12345); got.push(name); } catch (error) { seen.push(error.code); }
}
if (process.getuid() === 0) got.push('root');
console.log(got.length ? `ESCAPED: ${got}, uid ${process.getuid()}` : 'HELD: ' + seen);
