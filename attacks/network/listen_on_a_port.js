// SPDX-License-Identifier: Apache-2.0
// claim: No server of Node.js listens in a run without the network: net, http, dgram, inspector.
// expected: refused
// origin: classic
// outside: as nobody

const seen = [];
let waiting = 3;
const end = (text) => {
  seen.push(text);
  if (--waiting) return;
  const got = seen.filter((one) => one.startsWith('port'));
  console.log(got.length ? 'ESCAPED: listening on ' + got : 'HELD: ' + seen);
  process.exit();
};
for (const server of [require('net').createServer(), require('http').createServer()]) {
  server.on('error', (error) => end(error.code));
  server.listen(0, '127.0.0.1', () => end('port ' + server.address().port));
}
const port = require('dgram').createSocket('udp4');
port.on('error', (error) => end(error.code));
port.bind(0, '127.0.0.1', () => end('port ' + port.address().port));
