// SPDX-License-Identifier: Apache-2.0
// claim: fs.watch and fs.watchFile tell a run nothing about foreign files.
// expected: refused
// origin: classic
// outside: as nobody

const fs = require('fs');
try {
  const watcher = fs.watch(STAGE.secret_dir, () => {});
  watcher.close();
  console.log('ESCAPED: the watch is set');
} catch (error) {
  console.log('HELD: ' + error.code);
}
