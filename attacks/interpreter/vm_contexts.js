// SPDX-License-Identifier: Apache-2.0
// claim: New contexts and realms (vm, SourceTextModule, eval of another realm) have no more rights.
// expected: refused
// origin: breakouts of vm and vm2, in the hope of an unlocked realm
// outside: as nobody

const vm = require('vm');
const seen = [];
let got = '';
const path = JSON.stringify(STAGE.secret_file);
const read = `(process.getBuiltinModule || process.mainModule.require)('fs').readFileSync(${path}, 'utf8')`;
for (const step of [
  () =>
    vm.runInNewContext(
      `this.constructor.constructor('return process')().mainModule.require('fs').readFileSync(${path}, 'utf8')`,
      {}
    ),
  () => vm.runInThisContext(`process.mainModule.require('fs').readFileSync(${path}, 'utf8')`),
  () => new Function('process', 'return ' + read)(process),
  () =>
    require('domain')
      .create()
      .run(() => require('fs').readFileSync(STAGE.secret_file, 'utf8')),
]) {
  try {
    const text = step();
    if (text.includes(STAGE.mark)) got = text.trim();
  } catch (error) {
    seen.push(error.code || error.name);
  }
}
console.log(got ? 'ESCAPED: read ' + got : 'HELD: ' + seen);
