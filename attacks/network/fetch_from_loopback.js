// SPDX-License-Identifier: Apache-2.0
// claim: fetch and http reach nothing from a run without the network.
// expected: refused
// origin: server-side request forgery
// outside: as nobody

const http = require('http');
const request = http.get({ host: '127.0.0.1', port: STAGE.tcp_port, timeout: 1000 });
let raw = '';
request.on('socket', (socket) =>
  socket.on('data', (part) => {
    raw += part;
  })
);
const tell = (error) =>
  fetch(`http://127.0.0.1:${STAGE.tcp_port}/`).catch((other) => {
    const seen = raw + String(error.rawPacket || '') + String((other.cause || {}).data || '');
    console.log(
      seen.includes(STAGE.mark) ? 'ESCAPED: read ' + STAGE.mark : `HELD: ${error.code} ${(other.cause || other).code}`
    );
  });
request.on('error', tell);
request.on('timeout', () => request.destroy(new Error('silence')));
