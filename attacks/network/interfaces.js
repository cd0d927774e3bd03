// SPDX-License-Identifier: Apache-2.0
// claim: A run without the network does not see the machine's interfaces and addresses.
// expected: refused
// origin: classic
// outside: as nobody

try {
  const names = Object.entries(require('os').networkInterfaces()).map(([name, list]) => `${name} ${list[0].address}`);
  console.log(names.length ? 'ESCAPED: sees ' + names : 'HELD: no interface');
} catch (error) {
  console.log('HELD: ' + (error.code || error.message).slice(0, 80));
}
