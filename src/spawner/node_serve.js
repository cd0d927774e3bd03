// SPDX-License-Identifier: Apache-2.0
// Given to node with --require, it makes that node a fork server: warms up what ordinary scripts use, then
// calls serve() of the library sandgate-node, which returns in each child. There every lock of the jail is
// in force. The rest is as in boot.js: the user's code is read from descriptor 3 and handed to node's own
// loader as the main script, so that stack traces, require and module are those of `node main.js`.
// Node gives --require to workers too: those lack the variable that the server sets for the spawner.
'use strict';

// Neither a script nor its workers see with which options the spawner was started.
const forgetOptions = () => {
  if (process.execArgv.includes(__filename)) process.execArgv.length = 0;
  delete require.cache[__filename];
  Object.defineProperty(process, '_preload_modules',
    { ...Object.getOwnPropertyDescriptor(process, '_preload_modules'), value: [] });
};

const becomeSpawner = (spawner) => {
  const fs = require('fs');
  const vm = require('vm');
  const Module = require('module');
  const { argv } = process;
  const startedAs = argv[1];

  const [major, minor] = process.versions.node.split('.').map(Number);
  const detectsModules = major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19);
  const compiles = (before, code, after) => {
    try {
      return Boolean(new vm.Script(before + code + after));
    } catch (error) {
      return /\b(?:import|export)\b/.test(error.message) ? 'module' : false;
    }
  };
  // No script, but a module or, with await at the top, what an async function could hold.
  const isModule = (code) => {
    const script = compiles(Module.wrapper[0], code, Module.wrapper[1]);
    return script === 'module' || (!script && compiles('(async () => {', code, '\n})') === true);
  };
  const mayBeModule = /\b(?:import|export|await)\b/;
  const looksForItself = /filename|argv|cluster|\bmain\.js\b|\.\/main\b|\brequire\.main\b/;

  const replace = (object, name, change) => {
    Object.defineProperty(object, name, { ...Object.getOwnPropertyDescriptor(object, name), ...change });
  };

  // Until its text has been handed over, the loader is told that the script is a file.
  // (The server starts node with --preserve-symlinks-main, or it would ask the kernel for its real path.)
  const provideMain = (main, code) => {
    const { _findPath: findPath } = Module;
    const { readFileSync } = fs;
    Module._findPath = (request, ...rest) => (request === main ? main : findPath.call(Module, request, ...rest));
    fs.readFileSync = (file, options) => {
      if (file !== main) return readFileSync.call(fs, file, options);
      Module._findPath = findPath;
      fs.readFileSync = readFileSync;
      return code;
    };
  };

  // Node will call runMain with the path that the spawner was started with: once, that means `main`. A bound
  // function has no frame in stack traces.
  const redirectMain = (main) => {
    const { runMain } = Module;
    const get = () => {
      Object.defineProperty(Module, 'runMain', { value: runMain, writable: true, enumerable: true, configurable: true });
      return runMain.bind(Module, main);
    };
    Object.defineProperty(Module, 'runMain', { get, enumerable: true, configurable: true });
    Module._initPaths();  // they depend on HOME
  };

  // For a node that tells ES modules by their names only.
  const runModule = (main, code) => {
    fs.writeFileSync(main, code);
    const { href } = require('url').pathToFileURL(main);
    Object.defineProperty(Module, 'runMain',
      { value: () => import(href), writable: true, enumerable: true, configurable: true });
  };

  // For a script that may start a worker from itself, or read itself, if there is room for it.
  const writeMain = (main, code) => {
    try {
      fs.writeFileSync(main, code);
    } catch {
      fs.rmSync(main, { force: true });
    }
  };

  // From the first line in a child to the last before the script.
  const becomeRun = (scratch, main, codeFd) => {
    replace(process, 'pid', { value: spawner.pid() });
    delete process.env.SANDGATE_BOOT;  // meant for boot.js
    process.chdir(scratch);
    argv[1] = main;
    if (main !== startedAs) redirectMain(main);
    const data = fs.readFileSync(codeFd);
    fs.closeSync(codeFd);
    const timeOrigin = spawner.begin();
    replace(Object.getPrototypeOf(performance), 'timeOrigin',
      Object.getOwnPropertyDescriptor({ get timeOrigin() { return timeOrigin; } }, 'timeOrigin'));
    const preloadEnd = 8 + parseInt(data.toString('latin1', 0, 8), 16);
    const preload = data.toString('utf8', 8, preloadEnd);
    const code = data.toString('utf8', preloadEnd);
    if (!mayBeModule.test(code)) {
      if (looksForItself.test(code)) writeMain(main, code);
      provideMain(main, code);
    } else if (detectsModules || !isModule(code)) {
      fs.writeFileSync(main, code);
    } else {
      runModule(main.replace(/js$/, 'mjs'), code);
    }
    if (preload) {
      Object.defineProperty(globalThis, 'require', {
        value: Module.createRequire(main), configurable: true, writable: true, enumerable: false,
      });
      vm.runInThisContext(preload, { filename: 'preload.js' });
    }
  };

  // What ordinary scripts do: functions that have run are compiled, and children inherit that.
  const warmCode = `
    const x = { a: 1, b: [1, 2, "x"], e: new Error("x") };
    JSON.parse(JSON.stringify(x)); require("fs"); require("util").inspect(x);
    setTimeout(() => {}, 0); setImmediate(() => {}); Promise.resolve(1).then((v) => v);
    (async () => {})(); process.nextTick(() => {}); Buffer.from("x").toString("base64");`;
  const warmModules = ['assert', 'async_hooks', 'buffer', 'child_process', 'crypto', 'dns', 'events', 'fs/promises',
    'http', 'https', 'net', 'os', 'path', 'perf_hooks', 'querystring', 'readline', 'stream', 'stream/promises',
    'string_decoder', 'timers', 'timers/promises', 'tls', 'tty', 'url', 'util', 'worker_threads', 'zlib'];

  const warmRun = () => {
    const main = '/.sandgate/main.js';
    const [codeFd, writeFd] = spawner.pipe();
    fs.writeSync(writeFd, `00000000${warmCode}`);
    fs.closeSync(writeFd);
    becomeRun('/', main, codeFd);
    Module.runMain(main);
    delete require.cache[main];
    delete process.mainModule;
    argv[1] = startedAs;
  };

  const warmOutput = () => {
    const { Console } = require('console');
    const { Socket } = require('net');
    const [readFd, writeFd] = spawner.pipe();
    const stream = new Socket({ fd: writeFd, readable: false, writable: true });
    const log = new Console(stream, stream);
    for (const value of ['text', 1, { a: 1 }, [1, 2], new Error('x'), new Map([[1, 2]]), null]) log.log(value, 'x', 1);
    log.log('%s %d %j', 'x', 1, {});
    log.error('x');
    stream.destroy();
    fs.closeSync(readFd);
  };

  // The event loop, until nothing is left of the above.
  const settle = () => {
    let alive = true;
    for (let i = 0; alive && i < 100; ++i) {
      process._tickCallback();
      alive = spawner.turn();
    }
    process._tickCallback();
    if (alive) throw new Error('something that was warmed up does not end');
  };

  // Node makes the standard streams when they are first asked for, out of what the descriptors then are. That
  // must happen in the child; here, who asks whether they are terminals is told that they are not.
  const withoutStreams = (action) => {
    const { Writable } = require('stream');
    const sink = new Writable({ write(chunk, encoding, done) { done(); } });
    const streams = ['stdin', 'stdout', 'stderr'].map((name) => [name, Object.getOwnPropertyDescriptor(process, name)]);
    for (const [name, stream] of streams) Object.defineProperty(process, name, { ...stream, get: () => sink });
    action();
    for (const [name, stream] of streams) Object.defineProperty(process, name, stream);
  };

  const warmUp = () => {
    for (const name of warmModules) require(name);
    for (let i = 0; i < 3; ++i) {
      warmRun();
      warmOutput();
    }
    settle();
  };

  withoutStreams(warmUp);
  forgetOptions();
  delete require.cache[process.env.SANDGATE_NODE_LIBRARY];
  for (const file of [__filename, process.env.SANDGATE_NODE_LIBRARY]) {
    delete Module._pathCache[`${file}\0`];  // where the loader remembers what it has looked for
  }
  module.children.length = 0;
  becomeRun(...spawner.serve(), 3);
};

if (process.env.SANDGATE_NODE_LIBRARY) becomeSpawner(require(process.env.SANDGATE_NODE_LIBRARY));
else forgetOptions();
