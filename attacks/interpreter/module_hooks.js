// SPDX-License-Identifier: Apache-2.0
// claim: Hooks of the loader (Module._load, _compile, _extensions) see nothing but the run's own modules.
// expected: absent
// origin: hooks that wait for what the server loads next
// outside: as nobody

const Module = require('module');
const seen = [];
for (const name of ['_load', '_resolveFilename', '_findPath', 'runMain', '_nodeModulePaths']) {
  const old = Module[name];
  Module[name] = function (...values) {
    seen.push(String(values[0]));
    return old.apply(this, values);
  };
}
const compile = Module.prototype._compile;
Module.prototype._compile = function (text, file) {
  seen.push(file);
  return compile.call(this, text, file);
};
if (STAGE.outside) (Module._load('fs', null, false), seen.push('/.sandgate/next'));
process.on('exit', () => {
  const found = seen.filter((one) => /sandgate/.test(one));
  console.log(
    found.length ? 'ESCAPED: the hooks saw ' + found : 'HELD: the hooks saw ' + seen.length + ' names of the run'
  );
});
setTimeout(() => {}, 5);
