// SPDX-License-Identifier: Apache-2.0
// claim: A Node.js run cannot make a sparse file larger than the limit.
// expected: limit signal
// origin: the sparse file that crashed the predecessor's host
// outside: as nobody

const fs = require('fs');
fs.writeFileSync('large', '');
try { fs.truncateSync('large', 52e9); } catch (error) { console.error(error.code); }
const { size } = fs.statSync('large');
fs.unlinkSync('large');
console.log(size > 1e10 ? `ESCAPED: a file of ${size} bytes` : `HELD: ${size} bytes`);
