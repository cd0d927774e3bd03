// SPDX-License-Identifier: Apache-2.0
// First code of a Node.js run, given with --require: every lock of the jail is in force already. Reads
// the user's code from descriptor 3 (8 hex digits with the length of the preload, the preload, the code)
// and lets node load it as its main script, main.js in the working directory, by its own loader: stack
// traces, require and module are those of an ordinary `node main.js`.
// Node gives --require to workers too: those lack the variable that the server sets for the first thread.
'use strict';
// Neither a script nor its workers see with which options node was started.
if (process.execArgv.includes(__filename)) process.execArgv.length = 0;
delete require.cache[__filename];
Object.defineProperty(process, '_preload_modules',
  { ...Object.getOwnPropertyDescriptor(process, '_preload_modules'), value: [] });
if (process.env.SANDGATE_BOOT) {
  delete process.env.SANDGATE_BOOT;
  const fs = require('fs');
  const path = require('path');
  const Module = require('module');

  const data = fs.readFileSync(3);
  fs.closeSync(3);
  const preloadEnd = 8 + parseInt(data.toString('latin1', 0, 8), 16);
  const preload = data.toString('utf8', 8, preloadEnd);
  const code = data.toString('utf8', preloadEnd);
  const main = path.join(process.cwd(), 'main.js');

  delete Module._pathCache[`${__filename}\0`];  // where the loader remembers what it has looked for

  const [major, minor] = process.versions.node.split('.').map(Number);
  const detectsModules = major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19);
  const compiles = (before, after) => {
    try {
      return Boolean(new (require('vm').Script)(before + code + after));
    } catch (error) {
      return /\b(?:import|export)\b/.test(error.message) ? 'module' : false;
    }
  };
  // No script, but a module or, with await at the top, what an async function could hold.
  const isModule = () => {
    const script = compiles(...Module.wrapper);
    return script === 'module' || (!script && compiles('(async () => {', '\n})') === true);
  };
  const mayBeModule = /\b(?:import|export|await)\b/.test(code);
  if (mayBeModule && !detectsModules && isModule()) {
    // An ES module, for a node that tells them by their names only.
    const module = path.join(process.cwd(), 'main.mjs');
    fs.writeFileSync(module, code);
    Module.runMain = () => import(require('url').pathToFileURL(module).href);
  } else if (mayBeModule) {
    // Perhaps an ES module: node decides by itself, and reads those from a file only.
    fs.writeFileSync(main, code);
  } else {
    // One that may look for itself, to start a worker from it or to read it, finds itself, if there is room for it.
    if (/filename|argv|cluster|\bmain\.js\b|\.\/main\b|\brequire\.main\b/.test(code)) {
      try {
        fs.writeFileSync(main, code);
      } catch {
        fs.rmSync(main, { force: true });
      }
    }
    // The script is not a file: until its text has been handed over, the loader is told that it is one.
    // (The server starts node with --preserve-symlinks-main, or it would ask the kernel for its real path.)
    const { _findPath: findPath } = Module;
    const { readFileSync } = fs;
    Module._findPath = (request, ...rest) => (request === main ? main : findPath.call(Module, request, ...rest));
    fs.readFileSync = (file, options) => {
      if (file !== main) return readFileSync.call(fs, file, options);
      Module._findPath = findPath;
      fs.readFileSync = readFileSync;
      return code;
    };
  }

  if (preload) {
    Object.defineProperty(globalThis, 'require', {
      value: Module.createRequire(main), configurable: true, writable: true, enumerable: false,
    });
    require('vm').runInThisContext(preload, { filename: 'preload.js' });
  }
}
