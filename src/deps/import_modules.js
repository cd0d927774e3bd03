// SPDX-License-Identifier: Apache-2.0
// Imports the modules of one package, in an ordinary run. Put behind a line `const modules = [...]`.
(async () => {
  for (const name of modules) await import(name);
})();
