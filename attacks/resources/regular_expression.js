// SPDX-License-Identifier: Apache-2.0
// claim: A regular expression of JavaScript that takes years is ended at the deadline.
// expected: limit timeout, cpu_limit
// origin: ReDoS; V8's timeouts do not reach it
// outside: as nobody

const letters = STAGE.outside ? 20 : 60;
/^(a|a)+$/.test('a'.repeat(letters) + '!');
console.log('ESCAPED: the match came to an end');
