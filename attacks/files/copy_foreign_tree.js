// SPDX-License-Identifier: Apache-2.0
// claim: fs.cp, streams, openAsBlob and import of a file: address read no foreign file.
// expected: refused
// origin: classic
// outside: as nobody

const fs = require('fs');
const seen = new Set();
(async () => {
  let got = '';
  const steps = [
    () => {
      fs.cpSync(STAGE.secret_file, 'copy');
      return fs.readFileSync('copy', 'utf8');
    },
    () => {
      fs.copyFileSync(STAGE.secret_file, 'copy2', fs.constants.COPYFILE_FICLONE);
      return fs.readFileSync('copy2', 'utf8');
    },
    async () => (await fs.promises.readFile(STAGE.secret_file)).toString(),
    async () => (await fs.openAsBlob(STAGE.secret_file)).text(),
    async () => (await fetch('file://' + STAGE.secret_file)).text(),
    async () => {
      for await (const part of fs.createReadStream(STAGE.secret_file)) return part.toString();
    },
    () => process.loadEnvFile(STAGE.secret_file),
  ];
  for (const step of steps) {
    try {
      const text = await step();
      if (String(text).includes(STAGE.mark)) got = text.trim();
    } catch (error) {
      seen.add(error.code || error.name);
    }
  }
  console.log(got ? 'ESCAPED: read ' + got : 'HELD: ' + [...seen]);
})();
