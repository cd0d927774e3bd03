// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run without the network cannot reach the metadata address of cloud machines.
// expected: refused
// origin: credentials of cloud machines at 169.254.169.254
// outside: as root

// Outside the control gives the address to its loopback device, in a network of its own: nothing leaves the machine.
const connect = () => {
  const socket = net.connect({ port: 80, host: '169.254.169.254' });
  socket.setTimeout(300, () => socket.destroy(new Error('silence')));
  socket.on('connect', () => {
    console.log('ESCAPED: connected');
    process.exit();
  });
  socket.on('error', (error) => console.log('HELD: ' + (error.code || error.message)));
};
const net = require('net');
if (STAGE.outside) net.createServer().listen(80, '169.254.169.254', connect);
else connect();
