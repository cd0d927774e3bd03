// SPDX-License-Identifier: Apache-2.0
// claim: A run cannot open a debugger's port, and a session within leads nowhere.
// expected: refused
// origin: inspector.open listens on a port; Runtime.evaluate
// outside: as nobody

const inspector = require('inspector');
const seen = [];
let url;
try { inspector.open(0, '127.0.0.1'); url = inspector.url(); } catch (error) { seen.push(error.code); }
let got = '';
try {
  const session = new inspector.Session();
  session.connect();
  const expression = `process.mainModule.require('fs').readFileSync(${JSON.stringify(STAGE.secret_file)}, 'utf8')`;
  session.post('Runtime.evaluate', { expression, includeCommandLineAPI: true }, (error, { result }) => {
    got = String(result.value || '');
    seen.push(String(result.description).split('\n')[0].slice(0, 60));
  });
} catch (error) { seen.push(error.code); }
const open = url || got.includes(STAGE.mark);
console.log(open ? `ESCAPED: ${url} ${got.trim()}` : 'HELD: ' + seen);
process.exit();
