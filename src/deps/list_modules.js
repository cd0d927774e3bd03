// SPDX-License-Identifier: Apache-2.0
// Prints what was installed into this environment, as JSON: [[name, version, asked for by name, [module, ...]], ...].
// A package that has nothing to import (a program, types) has no module.
const fs = require('fs');
const path = require('path');

const modules = module.paths.find((folder) => fs.existsSync(folder));
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

function entries(folder) {
  return fs.readdirSync(folder).filter((name) => !name.startsWith('.'));
}

function hasEntry(folder, about) {
  if (about.exports || about.main) return true;
  return ['index.js', 'index.json', 'index.node'].some((name) => fs.existsSync(path.join(folder, name)));
}

function row(name, asked) {
  const folder = path.join(modules, name);
  try {
    const about = readJson(path.join(folder, 'package.json'));
    return [name, about.version || '', name in asked, hasEntry(folder, about) ? [name] : []];
  } catch {
    return null; // not a package
  }
}

const rows = [];
if (modules) {
  const about = readJson(path.join(path.dirname(fs.realpathSync(modules)), 'package.json'));
  const asked = { ...about.dependencies, ...about.optionalDependencies };
  for (const entry of entries(modules)) {
    const names = entry.startsWith('@') ? entries(path.join(modules, entry)).map((n) => `${entry}/${n}`) : [entry];
    rows.push(...names.map((name) => row(name, asked)).filter(Boolean));
  }
}
console.log(JSON.stringify(rows));
