// SPDX-License-Identifier: Apache-2.0
// Prints the packages that a script finds without a path of its own, as JSON: [[name, version], ...].
const fs = require('fs');
const path = require('path');

function entries(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

const found = new Map();
for (const folder of [...module.paths, ...require('module').globalPaths]) {
  for (const entry of entries(folder)) {
    const names = entry.startsWith('@') ? entries(path.join(folder, entry)).map((n) => `${entry}/${n}`) : [entry];
    for (const name of names) {
      try {
        const { version } = JSON.parse(fs.readFileSync(path.join(folder, name, 'package.json'), 'utf8'));
        if (!found.has(name)) found.set(name, version || '');
      } catch {
        // Not a package.
      }
    }
  }
}
console.log(JSON.stringify([...found].sort(([a], [b]) => (a < b ? -1 : 1))));
