// SPDX-License-Identifier: Apache-2.0
// Installs Node.js packages, in the jail of installers; the working directory is the environment. Put behind
// find_npm.js and a line `const inputs = [...]`: package.json, its lock file and a cache of npm; empty where there is none.
const fs = require('fs');
const path = require('path');

const [manifest, lock, cache] = inputs;
const environment = process.cwd();
const work = path.join(environment, '.work');
fs.mkdirSync(work, { recursive: true });
Object.assign(process.env, { HOME: work, TMPDIR: work, npm_config_cache: path.join(work, 'cache') });
fs.copyFileSync(manifest, path.join(environment, 'package.json'));
if (lock) fs.copyFileSync(lock, path.join(environment, path.basename(lock)));
// Tarballs beside it, "file:NAME.tgz".
const { dependencies, optionalDependencies } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
for (const spec of Object.values({ ...dependencies, ...optionalDependencies })) {
  const file = /^file:(?:\.\/)?([^/.][^/]*)$/.exec(spec);
  const source = file && path.join(path.dirname(manifest), file[1]);
  if (source && fs.statSync(source).isFile()) fs.copyFileSync(source, path.join(environment, file[1]));
}
if (cache) fs.cpSync(cache, process.env.npm_config_cache, { recursive: true });

const npm = findInstaller();
if (!npm) {
  console.error(`npm is not there: it is looked for beside ${process.execPath} and in /usr/lib/node_modules`);
  process.exit(1);
}
// Runs read the environment: no address of a package, which may have a password in it, stays.
process.on('exit', () => {
  for (const name of ['package-lock.json', 'npm-shrinkwrap.json', 'node_modules/.package-lock.json']) {
    fs.rmSync(path.join(environment, name), { force: true });
  }
  const named = (group) => Object.fromEntries(Object.keys(group || {}).map((name) => [name, '*']));
  const kept = { dependencies: named(dependencies), optionalDependencies: named(optionalDependencies) };
  fs.writeFileSync(path.join(environment, 'package.json'), JSON.stringify(kept));
});

process.argv = [process.execPath, npm, lock ? 'ci' : 'install', '--omit=dev', '--no-audit', '--no-fund',
                '--no-update-notifier', '--no-progress', '--loglevel=notice'];
require(npm);
