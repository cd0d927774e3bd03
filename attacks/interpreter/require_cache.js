// SPDX-License-Identifier: Apache-2.0
// claim: The caches of the loader hold no module of the server.
// expected: absent
// origin: require.cache, module.children, module.parent, process._preload_modules
// outside: as nobody

const Module = require('module');
const words = [];
const walk = (module, depth) => {
  if (!module || depth > 5) return;
  words.push(String(module.id), String(module.filename));
  for (const child of module.children || []) walk(child, depth + 1);
  if (module.parent && depth === 0) walk(module.parent, depth + 1);
};
if (STAGE.outside) Module._cache['/.sandgate/node_serve.js'] = new Module('/.sandgate/node_serve.js');
walk(module, 0);
words.push(
  ...Object.keys(require.cache),
  ...Object.keys(Module._pathCache || {}),
  ...[].concat(process._preload_modules || []),
  ...process.execArgv,
  ...Object.keys(globalThis),
  process.title
);
const found = words.filter((word) => /sandgate-?node|node_serve|boot\.js|spawner/.test(word));
console.log(found.length ? 'ESCAPED: ' + found : `HELD: nothing in ${words.length} names`);
