// SPDX-License-Identifier: Apache-2.0
// claim: The loader of Node.js shows nothing of a foreign file, not even in its error messages.
// expected: refused
// origin: require() of a link quotes what it cannot parse
// outside: as nobody

const fs = require('fs');
let seen = [];
fs.symlinkSync(STAGE.secret_file, 'data.json');
fs.symlinkSync(STAGE.secret_file, 'program.js');
fs.mkdirSync('pkg');
fs.symlinkSync(STAGE.secret_file, 'pkg/package.json');
for (const name of ['./data.json', './program.js', './pkg', STAGE.secret_file]) {
  try { require(name.startsWith('/') ? name : process.cwd() + '/' + name); seen.push('loaded'); } catch (error) {
    seen.push(`${error.code || error.name} ${error.message} ${error.stack}`);
  }
}
const [word] = STAGE.mark.split('-'); // what an error message quotes first
const got = seen.some((text) => text.includes(word + ' is not defined') || text.includes(STAGE.mark));
console.log(got ? 'ESCAPED: an error message quotes the file' : 'HELD: ' + seen.map((text) => text.slice(0, 20)));
