// SPDX-License-Identifier: Apache-2.0
// Imports the modules of one package, in an ordinary run; one that has only one of the two ways will do. Put behind a line
// `const modules = [...]`.
(async () => {
  for (const name of modules) {
    try {
      await import(name);
    } catch (problem) {
      try {
        require(name);
      } catch {
        throw problem;
      }
    }
  }
})();
