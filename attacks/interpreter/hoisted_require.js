// SPDX-License-Identifier: Apache-2.0
// claim: Names that the user's code declares (require, process, module, fs) are not those that the start code uses.
// expected: refused
// origin: the published attack on the predecessor
// outside: as root

var caught = [];
var mine = typeof process === 'object' ? process : globalThis.process;
var fs = mine.mainModule ? mine.mainModule.require('fs') : module.require('fs');
try { caught.push(fs.readFileSync(STAGE.closed_file, 'utf8').trim()); } catch (error) { caught.push(error.code); }
console.log(caught[0].includes(STAGE.mark) ? 'ESCAPED: read ' + caught[0] : 'HELD: ' + caught);
function Buffer() { return { toString: function () { return ''; } }; }
function Function() { return function () {}; }
