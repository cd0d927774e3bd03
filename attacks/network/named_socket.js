// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot connect to a named Unix socket of the machine that everybody may use.
// expected: refused
// origin: /var/run/docker.sock and its like; Landlock does not look at connect
// open in: container with landlock_fs: named Unix sockets of others: open if their file permissions let the run's uid in
// open in: rootless without mount_ns: named Unix sockets of others: open if their permissions let the server's user in
// outside: as nobody

const socket = require('net').connect({ path: STAGE.unix_path });
socket.on('data', (text) => { console.log('ESCAPED: read ' + text); socket.destroy(); });
socket.on('error', (error) => console.log('HELD: ' + error.code));
