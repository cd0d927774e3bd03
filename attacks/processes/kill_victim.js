// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot signal processes outside of it.
// expected: refused
// origin: classic
// outside: as root

const seen = [];
let got = '';
for (const [pid, name] of [[STAGE.victim_pid, 'SIGUSR1'], [-STAGE.victim_pid, 'SIGTERM']]) {
  try {
    process.kill(pid, name);
    got += ` ${name} to ${pid}`;
  } catch (error) {
    seen.push(error.code);
  }
}
console.log(got ? 'ESCAPED: sent' + got : 'HELD: ' + seen);
