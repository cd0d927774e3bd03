// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run without the network sends no datagram.
// expected: refused
// origin: classic
// outside: as nobody

const port = require('dgram').createSocket('udp4');
const end = (text) => { console.log(text); clearTimeout(timer); try { port.close(); } catch {} };
const timer = setTimeout(() => end('HELD: no answer'), 1000);
port.on('message', (text) => end('ESCAPED: answered with ' + text));
port.on('error', (error) => end('HELD: ' + error.code));
port.send('attack', STAGE.udp_port, '127.0.0.1', (error) => { if (error) end('HELD: ' + error.code); });
