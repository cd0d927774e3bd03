// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run without the network cannot reach the metadata address of cloud machines.
// expected: refused
// origin: credentials of cloud machines at 169.254.169.254
// outside: as nobody

const socket = require('net').connect({ port: 80, host: '169.254.169.254' });
socket.setTimeout(300, () => socket.destroy(new Error('silence')));
socket.on('connect', () => { console.log('ESCAPED: connected'); socket.destroy(); });
socket.on('error', (error) => console.log('HELD: ' + (error.code || error.message)));
