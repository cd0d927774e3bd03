// SPDX-License-Identifier: Apache-2.0
// What installs Node.js packages. Stands before install_node.js, and before a line that prints what it has found.
// The main file of npm; an empty text where there is none.
function findInstaller() {
  const places = [
    require('path').join(process.execPath, '../../lib/node_modules/npm/bin/npm-cli.js'),
    '/usr/lib/node_modules/npm/bin/npm-cli.js',
    '/usr/local/lib/node_modules/npm/bin/npm-cli.js',
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  return places.find((file) => require('fs').existsSync(file)) || '';
}
