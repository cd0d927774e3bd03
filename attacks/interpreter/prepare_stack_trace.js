// SPDX-License-Identifier: Apache-2.0
// claim: Call sites of stack traces lead to no function and no scope of the start code.
// expected: absent
// origin: Error.prepareStackTrace, getFunction() and getThis()
// outside: as nobody

Error.stackTraceLimit = 100;
let sites = [];
Error.prepareStackTrace = (error, list) => {
  sites = list;
  return '';
};
void new Error('look').stack;
const found = [];
if (STAGE.outside)
  (function serve() {
    void new Error('look').stack;
  })();
for (const site of sites) {
  const file = String(site.getFileName());
  if (file === __filename && !STAGE.outside) continue;
  const own = site.getFunction && site.getFunction();
  if (/sandgate|boot|serve/.test(file + site.getFunctionName())) found.push(`${file} ${site.getFunctionName()}`);
  if (own && /spawner|sandgate/i.test(Function.prototype.toString.call(own)))
    found.push('a function of the start code');
}
console.log(found.length ? 'ESCAPED: ' + found : `HELD: ${sites.length} call sites of node itself`);
