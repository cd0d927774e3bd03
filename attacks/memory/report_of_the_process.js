// SPDX-License-Identifier: Apache-2.0
// claim: process.report tells nothing of the server: its environment, its command line, its sockets.
// expected: absent
// origin: diagnostic reports list the environment
// outside: as nobody

if (STAGE.outside) process.env.SANDBOX_SECRET = STAGE.mark + '.';
let text = '';
try {
  text = JSON.stringify(process.report.getReport());
} catch (error) {
  text = error.message;
}
const found = text.match(
  new RegExp(`API[_]KEY|ADMIN[_]KEY|${STAGE.mark}[.]|"port":${STAGE.api_port}\\b|conf/confi[g].yaml`)
);
console.log(found ? 'ESCAPED: the report has ' + found[0] : `HELD: nothing in ${text.length} characters`);
