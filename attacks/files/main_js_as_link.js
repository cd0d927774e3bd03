// SPDX-License-Identifier: Apache-2.0
// claim: A link in the place of main.js, which import and workers load, leads to no foreign file.
// expected: refused
// origin: exchange of a program's file after it was read
// outside: as nobody

const fs = require('fs');
const path = require('path');
const seen = [];
const [word] = STAGE.mark.split('-'); // what an error message quotes first
const main = path.resolve('main.js');
try { fs.unlinkSync(main); } catch {}
fs.symlinkSync(STAGE.secret_file, main);
const tell = (text) => {
  seen.push(text);
  const got = seen.some((one) => one.includes(word + ' is not defined') || one.includes(STAGE.mark));
  console.log(got ? 'ESCAPED: an error message quotes the file' : 'HELD: ' + seen.map((one) => one.slice(0, 30)));
  process.exit();
};
delete require.cache[main];
try { require(main); } catch (error) { seen.push(`${error.code} ${error.message} ${error.stack}`); }
const worker = new (require('worker_threads').Worker)(main);
worker.on('error', (error) => tell(`${error.code} ${error.message} ${error.stack}`));
worker.on('exit', () => tell('the worker ended'));
