// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run without the network cannot connect to a TCP port of the machine.
// expected: refused
// origin: classic
// outside: as nobody

const socket = require('net').connect({ port: STAGE.tcp_port, host: '127.0.0.1' });
socket.setTimeout(1000, () => socket.destroy(new Error('silence')));
let text = '';
socket.on('data', (part) => { text += part; });
socket.on('end', () => console.log((text.includes(STAGE.mark) ? 'ESCAPED: read ' : 'HELD: other bytes ') + text));
socket.on('error', (error) => console.log('HELD: ' + (error.code || error.message)));
