// SPDX-License-Identifier: Apache-2.0
// claim: import() of files and data leads to no foreign file.
// expected: refused
// origin: loaders beside require, import attributes
// outside: as nobody

const seen = [];
(async () => {
  const { pathToFileURL } = require('url');
  const fs = require('fs');
  fs.symlinkSync(STAGE.secret_file, 'linked.mjs');
  fs.symlinkSync(STAGE.secret_file, 'linked.cjs');
  for (const name of [
    pathToFileURL(STAGE.secret_file).href,
    pathToFileURL('linked.mjs').href,
    pathToFileURL('linked.cjs').href,
    `data:text/javascript,import * as fs from 'fs';
      export default fs.readFileSync(${JSON.stringify(STAGE.secret_file)}, 'utf8')`,
  ]) {
    try {
      seen.push(String((await import(name)).default));
    } catch (error) {
      seen.push(`${error.code} ${error.message} ${error.stack}`);
    }
  }
  const got = seen.find((text) => text.includes(STAGE.mark));
  console.log(
    got ? 'ESCAPED: the mark is in ' + got.trim().slice(0, 80) : 'HELD: ' + seen.map((text) => text.slice(0, 20))
  );
})();
