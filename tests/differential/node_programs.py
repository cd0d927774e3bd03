# SPDX-License-Identifier: Apache-2.0
"""Programs whose output, error output and exit code do not depend on how node was started."""

PROGRAMS = {
    # Output and the end of the process
    "log": "console.log('a', 1, {b: [1, 2, {c: 3}]}, null, undefined, true)",
    "only_a_comment": "// nothing",
    "error_output": "console.error('e'); console.warn('w'); console.info('i'); console.debug('d')",
    "table_group_count_dir": (
        "console.table([{a: 1, b: 2}]); console.group('g'); console.log('in'); console.groupEnd();"
        "console.count(); console.count('x'); console.dir({a: {b: {c: {}}}}, {depth: 0}); console.assert(false, 'no')"
    ),
    "trace_to_stderr": "function f() { console.trace('here'); } f()",
    "format_specifiers": "console.log('%s %d %i %f %j %o %O %c %%', 's', 1.5, 1.5, 1.5, {a: 1}, [1], {b: 2}, 'css')",
    "write_without_newline": "process.stdout.write('no newline'); process.stderr.write('none')",
    "unicode": "console.log('héllo 世界 🎉', '\\u0000'.length, Buffer.from('é').length)",
    "large_output": "for (let i = 0; i < 20000; ++i) console.log('line ' + i + ' '.repeat(40))",
    "one_large_write": "process.stdout.write('x'.repeat(3 << 20))",
    "sync_write_to_fd": "const fs = require('fs'); fs.writeSync(1, 'sync\\n'); fs.writeSync(2, 'err\\n')",
    "async_write_to_fd": "require('fs').write(1, 'through the thread pool\\n', () => console.log('done'))",
    "exit_with_code": "console.log('a'); process.exit(7); console.log('b')",
    "exit_code_property": "process.exitCode = 3; console.log('a')",
    "exit_code_set_in_exit_event": "process.on('exit', (c) => { console.log('exit', c); process.exitCode = 9; })",
    "before_exit": (
        "let n = 0; process.on('beforeExit', (c) => { console.log('before', c); if (n++ < 2) setTimeout(() => {}, 1); });"
        "process.on('exit', (c) => console.log('exit', c))"
    ),
    "exit_in_exit_handler": "process.on('exit', () => { console.log('x'); process.exit(4); })",
    "microtask_in_exit_handler": "process.on('exit', () => Promise.resolve().then(() => console.log('micro')))",
    "next_tick_in_exit_handler": "process.on('exit', () => process.nextTick(() => console.log('tick')))",
    "emit_wrapped": (
        "const emit = process.emit; process.emit = function (name, ...rest) {"
        " const r = emit.call(this, name, ...rest); if (name === 'exit') console.log('after', ...rest); return r; };"
        "process.on('exit', () => console.log('listener'))"
    ),
    "throw_in_exit_handler": "process.on('exit', () => { throw new Error('late'); })",
    "exit_after_output": "console.log('x'.repeat(1000)); process.exit()",
    "really_exit": "process.on('exit', () => console.log('not seen')); process.reallyExit(5)",
    "abort_signal": "process.abort()",
    "kill_self": "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 1000)",
    "own_signal_handler": (
        "process.on('SIGUSR2', () => { console.log('usr2'); clearInterval(t); });"
        "const t = setInterval(() => {}, 1000); process.kill(process.pid, 'SIGUSR2')"
    ),
    "exit_on_undefined_code": "process.exit(undefined)",
    # Errors
    "uncaught": "function f() { throw new Error('boom'); }\nf()",
    "uncaught_cause": "throw new Error('outer', { cause: new TypeError('inner') })",
    "uncaught_custom": "class MyError extends Error { constructor() { super('m'); this.name = 'MyError'; this.x = 1; } }\nthrow new MyError()",
    "uncaught_string": "throw 'text'",
    "uncaught_null": "throw null",
    "uncaught_object": "throw { a: 1 }",
    "uncaught_in_timer": "setTimeout(() => {\n  undefinedFunction();\n}, 1)",
    "uncaught_in_tick": "process.nextTick(() => { throw new RangeError('tick'); })",
    "syntax_error": "console.log('never');\nlet x = ;\n",
    "reference_error": "console.log(nope)",
    "type_error_long_line": "const veryLongName = null; " + "/* pad */ " * 20 + "veryLongName.property.access()",
    "stack_overflow": "function f() { return f() + 1; } try { f(); } catch (e) { console.log(e.name, e.message); }",
    "uncaught_stack_overflow_code": "function f() { f(); } try { f(); } catch (e) { process.exit(e instanceof RangeError ? 3 : 4); }",
    "rejection": "Promise.reject(new Error('rejected'))",
    "rejection_value": "Promise.reject(42)",
    "rejection_in_async": "(async () => { await null; throw new TypeError('async'); })()",
    "rejection_handled_late": (
        "const p = Promise.reject(new Error('x')); setTimeout(() => p.catch(() => console.log('late')), 5);"
        "process.on('unhandledRejection', (e) => console.log('unhandled', e.message));"
        "process.on('rejectionHandled', () => console.log('handled'))"
    ),
    "uncaught_exception_handler": (
        "process.on('uncaughtException', (e, origin) => console.log('caught', e.message, origin));"
        "setTimeout(() => { console.log('goes on'); }, 5); throw new Error('x')"
    ),
    "uncaught_monitor": "process.on('uncaughtExceptionMonitor', (e) => console.log('saw', e.message)); throw new Error('m')",
    "warning": "process.emitWarning('careful', 'Custom', 'C1'); process.on('warning', (w) => console.log(w.name, w.code))",
    "deprecation_buffer": "new Buffer(1); console.log('made')",
    "aggregate_error": "throw new AggregateError([new Error('a'), new Error('b')], 'many')",
    "error_in_eval": "eval('throw new Error(\"in eval\")')",
    "error_in_vm": "require('vm').runInThisContext('throw new Error(\"in vm\")', 'script.js')",
    "error_listener_missing": "new (require('events'))().emit('error', new Error('nobody listens'))",
    "stack_trace_limit": "Error.stackTraceLimit = 1; console.log(new Error('s').stack)",
    "prepare_stack_trace": "Error.prepareStackTrace = (e, s) => s.map((c) => c.getFunctionName() + ':' + c.getLineNumber()).join('|'); console.log(new Error().stack)",
    "stack_of_async": "async function a() { await b(); }\nasync function b() { await null; throw new Error('deep'); }\na().catch((e) => console.log(e.stack))",
    "assertion": "require('assert').strictEqual(1, 2)",
    "assertion_deep": "require('assert').deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] })",
    "system_error": "require('fs').readFileSync('missing.txt')",
    "debug_of_node_error": "try { Buffer.alloc(-1); } catch (e) { console.log(e.code, e); }",
    # Order of events
    "order_of_queues": (
        "setImmediate(() => { console.log('immediate'); setTimeout(() => console.log('timeout'), 1); });"
        "process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro'));"
        "queueMicrotask(() => console.log('micro 2')); console.log('sync')"
    ),
    "timers": "let n = 0; const t = setInterval(() => { console.log(++n); if (n === 3) clearInterval(t); }, 2)",
    "unref": "setTimeout(() => console.log('never'), 60000).unref(); console.log('end')",
    "timers_promises": "const { setTimeout: s } = require('timers/promises'); s(2, 'v').then(console.log)",
    "async_iteration": (
        "async function* g() { for (let i = 0; i < 3; ++i) { await null; yield i; } }"
        "(async () => { for await (const x of g()) console.log(x); })()"
    ),
    "promise_combinators": (
        "Promise.all([1, Promise.resolve(2)]).then(console.log); Promise.allSettled([Promise.reject(1), 2]).then(console.log);"
        "Promise.race([new Promise(() => {}), 5]).then(console.log); Promise.any([Promise.reject(1), 6]).then(console.log)"
    ),
    "async_local_storage": (
        "const { AsyncLocalStorage } = require('async_hooks'); const s = new AsyncLocalStorage();"
        "s.run({ id: 1 }, () => setTimeout(() => console.log(s.getStore()), 1))"
    ),
    "abort_controller": "const c = new AbortController(); c.signal.addEventListener('abort', () => console.log('aborted')); c.abort()",
    "event_target": "const t = new EventTarget(); t.addEventListener('x', (e) => console.log(e.type)); t.dispatchEvent(new Event('x'))",
    "message_channel": "const { port1, port2 } = new MessageChannel(); port2.on('message', (m) => { console.log(m); port2.close(); }); port1.postMessage({ a: 1 })",
    "streams": (
        "const { pipeline, Transform, Readable } = require('stream'); pipeline(Readable.from(['a', 'b']),"
        " new Transform({ transform(c, e, d) { d(null, String(c).toUpperCase()); } }), process.stdout, (e) => console.error('end', e))"
    ),
    "web_streams": (
        "const s = new ReadableStream({ start(c) { c.enqueue('x'); c.close(); } });"
        "(async () => { for await (const v of s) console.log(v); })()"
    ),
    "stdin_is_empty": "process.stdin.on('data', (d) => console.log('data', d)).on('end', () => console.log('end'))",
    "read_stdin_sync": "console.log(require('fs').readFileSync(0, 'utf8').length)",
    "readline": "const rl = require('readline').createInterface({ input: process.stdin }); rl.on('close', () => console.log('closed'))",
    # The process as a script sees it
    "argv": "console.log(process.argv.length, require('path').basename(process.argv[1]), process.execArgv, process.argv0)",
    "main_module": "console.log(require.main === module, module.id, module.parent, module.children, module.loaded, require('path').basename(__filename))",
    "process_main_module": "console.log(process.mainModule === module, Object.keys(require.cache).length)",
    "this_and_arguments": "console.log(this === module.exports, arguments.length, typeof require, typeof exports)",
    "globals": "console.log(Object.getOwnPropertyNames(globalThis).sort().join())",
    "process_keys": "console.log(Object.keys(process).filter((k) => !k.startsWith('_')).sort().join())",
    "sloppy_mode": "x = 1; console.log(x, (function () { return this === globalThis; })())",
    "strict_mode": "'use strict'; try { y = 1; } catch (e) { console.log(e.message); }",
    "pid_is_own": "console.log(process.pid === Number(require('fs').readlinkSync('/proc/self')))",
    "cwd": "console.log(process.cwd() === __dirname, process.cwd() === require('fs').realpathSync('.'))",
    "umask": "console.log(process.umask().toString(8))",
    "version": "console.log(process.version, process.versions.v8, process.arch, process.platform, process.release.name)",
    "title": "console.log(process.title)",
    "uptime_is_short": "console.log(process.uptime() < 5, performance.now() < 5000, process.hrtime().length, process.hrtime.bigint() > 0n)",
    "time_origin": "console.log(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 100)",
    "mark_and_measure": "performance.mark('a'); performance.mark('b'); console.log(performance.measure('m', 'a', 'b').duration < 1000)",
    "memory_usage": "const m = process.memoryUsage(); console.log(Object.keys(m), m.heapUsed > 0, m.heapUsed < m.heapTotal)",
    "resource_usage": "console.log(process.resourceUsage().maxRSS > 0, process.cpuUsage().user >= 0)",
    "env_change": "process.env.NEW = 'v'; delete process.env.HOME; console.log(process.env.NEW, process.env.HOME, 'NEW' in process.env)",
    "env_names": "console.log(Object.keys(process.env).filter((k) => /NODE|SANDGATE|UV_/.test(k)))",
    "time_zone": "process.env.TZ = 'Asia/Tokyo'; console.log(new Date(0).toString()); process.env.TZ = 'UTC'; console.log(new Date(0).toString())",
    "locale": "console.log(new Intl.NumberFormat('de-DE').format(1234.5), new Date(0).toLocaleDateString('zh-CN', { timeZone: 'UTC' }), 'ä'.localeCompare('z', 'sv'))",
    "active_resources": "setTimeout(() => {}, 5); console.log(process.getActiveResourcesInfo())",
    "active_handles": "console.log(process._getActiveHandles().length, process._getActiveRequests().length)",
    "listener_counts": "console.log(process.eventNames().map(String), process.listenerCount('exit'))",
    "preload_modules": "console.log(process.execArgv, module.paths.length > 0)",
    "property_descriptors": "console.log(['pid', 'argv', 'execArgv', 'title', 'exitCode'].map((k) => { const d = Object.getOwnPropertyDescriptor(process, k); return [k, d.writable, d.enumerable, d.configurable]; }))",
    "report": "console.log(typeof process.report.getReport, process.config.variables.napi_build_version !== undefined)",
    # Modules
    "require_relative": "require('fs').writeFileSync('dep.js', 'exports.x = __filename.endsWith(\"dep.js\")'); console.log(require('./dep').x, require('./dep.js') === require('./dep'))",
    "require_json": "require('fs').writeFileSync('d.json', '{\"a\": 1}'); console.log(require('./d.json'))",
    "require_missing": "require('no-such-module')",
    "require_missing_caught": "try { require('./nope'); } catch (e) { console.log(e.code, e.requireStack.length); }",
    "require_package": (
        "const fs = require('fs'); fs.mkdirSync('node_modules/p', { recursive: true });"
        "fs.writeFileSync('node_modules/p/package.json', '{\"main\": \"m.js\"}'); fs.writeFileSync('node_modules/p/m.js', 'module.exports = 5');"
        "console.log(require('p'))"
    ),
    "error_in_module": "require('fs').writeFileSync('bad.js', 'function g() { throw new Error(\"in module\") }\\ng()'); require('./bad')",
    "dynamic_import": "import('fs').then((m) => console.log(typeof m.readFileSync))",
    "dynamic_import_file": "require('fs').writeFileSync('m.mjs', 'export const v = 5; export default 6'); import('./m.mjs').then((m) => console.log(m.v, m.default))",
    "dynamic_import_data": "import('data:text/javascript,export default 7').then((m) => console.log(m.default))",
    "es_module": "import fs from 'fs';\nimport { join } from 'path';\nconsole.log(typeof fs.readFileSync, join('a', 'b'), typeof require, this)",
    "top_level_await": "import { setTimeout as s } from 'timers/promises';\nconst v = await s(2, 'value');\nconsole.log(v)",
    "unsettled_await": "import 'fs';\nconsole.log('before');\nawait new Promise(() => {});",
    "error_in_es_module": "import 'fs';\nfunction f() { throw new Error('in esm'); }\nf();",
    "es_module_syntax_error": "import 'fs';\nlet = = 1;",
    "es_module_missing_export": "import { nope } from 'fs';\nconsole.log(nope)",
    "es_module_reject": "import 'fs';\nawait Promise.reject(new Error('tla'));",
    "create_require": "import { createRequire } from 'module';\nconst r = createRequire(import.meta.url);\nconsole.log(typeof r('os').cpus)",
    "builtin_modules": "console.log(require('module').builtinModules.length > 50, require('module').isBuiltin('node:fs'))",
    "node_prefix": "console.log(require('node:path') === require('path'))",
    # The standard library
    "fs_sync": "const fs = require('fs'); fs.writeFileSync('f', 'abc'); fs.appendFileSync('f', 'd'); console.log(fs.readFileSync('f', 'utf8'), fs.statSync('f').size, fs.existsSync('g'))",
    "fs_promises": "const fs = require('fs/promises'); (async () => { await fs.writeFile('f', 'abc'); console.log(await fs.readFile('f', 'utf8'), await fs.readdir('.').then((l) => l.includes('f'))); })()",
    "fs_streams": "const fs = require('fs'); const w = fs.createWriteStream('f'); w.write('a'); w.end('b', () => fs.createReadStream('f', 'utf8').on('data', console.log))",
    "many_files_at_once": "const fs = require('fs/promises'); Promise.all([...Array(50).keys()].map((i) => fs.writeFile('m' + i, String(i)).then(() => fs.readFile('m' + i, 'utf8')))).then((l) => console.log(l.join()))",
    "crypto_hash": "const c = require('crypto'); console.log(c.createHash('sha256').update('x').digest('hex'), c.createHmac('md5', 'k').update('x').digest('hex'))",
    "crypto_async": "const c = require('crypto'); c.pbkdf2('p', 's', 1000, 16, 'sha512', (e, k) => { console.log(k.toString('hex')); c.scrypt('p', 's', 16, (e2, k2) => console.log(k2.toString('hex'))); })",
    "crypto_keys": "const c = require('crypto'); c.generateKeyPair('ed25519', {}, (e, pub, priv) => console.log(c.verify(null, Buffer.from('m'), pub, c.sign(null, Buffer.from('m'), priv))))",
    "web_crypto": "crypto.subtle.digest('SHA-256', new TextEncoder().encode('x')).then((d) => console.log(Buffer.from(d).toString('hex')))",
    "cipher": "const c = require('crypto'); const k = Buffer.alloc(32), i = Buffer.alloc(16); const e = c.createCipheriv('aes-256-cbc', k, i); console.log(e.update('x', 'utf8', 'hex') + e.final('hex'))",
    "zlib": "const z = require('zlib'); console.log(z.gunzipSync(z.gzipSync('abc')).toString()); z.brotliCompress('abc', (e, b) => console.log(z.brotliDecompressSync(b).toString()))",
    "buffers": "console.log(Buffer.from('ff00', 'hex'), Buffer.alloc(3, 'ab'), Buffer.concat([Buffer.from('a'), Buffer.from('b')]).toString('base64'))",
    "url": "const u = new URL('http://a:b@h:1/p?q=1#f'); console.log(u, u.searchParams.get('q'), require('url').parse('http://x/y').pathname)",
    "util": "const u = require('util'); console.log(u.inspect({ a: { b: { c: {} } } }, false, null), u.format('%s', 1n), u.types.isProxy(new Proxy({}, {})), u.isDeepStrictEqual([1], [1]))",
    "structured_clone": "console.log(structuredClone({ d: new Date(0), m: new Map([[1, new Set([2])]]) }))",
    "text_codecs": "console.log(new TextDecoder('utf-16le').decode(Buffer.from('a\\0b\\0')), new TextEncoder().encode('é'), atob(btoa('x')))",
    "vm_context": "const vm = require('vm'); const c = vm.createContext({ a: 1 }); console.log(vm.runInContext('a + 1', c), c)",
    "string_decoder_querystring": "const { StringDecoder } = require('string_decoder'); console.log(new StringDecoder('utf8').write(Buffer.from([0xe2, 0x82])), require('querystring').parse('a=1&a=2'))",
    "heap_statistics": "console.log(Object.keys(require('v8').getHeapStatistics()).length, require('v8').deserialize(require('v8').serialize({ a: 1 })))",
    "parallelism": "const os = require('os'); console.log(os.availableParallelism() > 0, os.EOL, os.platform(), os.type())",
    "diagnostics_channel": "const d = require('diagnostics_channel'); d.subscribe('x', (m) => console.log(m)); d.channel('x').publish('hello')",
    "intl_segmenter": "console.log([...new Intl.Segmenter('en', { granularity: 'word' }).segment('a b c')].length)",
    "regexp_and_sort": "const l = [...Array(5000).keys()].map((i) => 'k' + (i * 7919) % 5000).sort(); console.log(l[0], l[4999], 'a1b2'.replace(/\\d/g, (d) => d * 2))",
    "big_numbers": "console.log(2n ** 200n, BigInt.asUintN(8, 257n), 0.1 + 0.2, Number.MAX_SAFE_INTEGER)",
    "proxies_and_symbols": "const p = new Proxy({}, { get: (t, k) => String(k) }); console.log(p.x, Symbol('s'), [..._()]); function* _() { yield 1; }",
    # V8's threads
    "hot_loop": "let s = 0; for (let i = 0; i < 3e7; ++i) s = (s + i * 3) % 1000003; console.log(s)",
    "deoptimised": "function f(x) { return x + 1; } let r = 0; for (let i = 0; i < 200000; ++i) r = f(i); console.log(r, f('a'), f({}))",
    "garbage": "let keep = []; for (let i = 0; i < 300; ++i) { const a = []; for (let j = 0; j < 20000; ++j) a.push({ j }); if (i % 50 === 0) keep.push(a); } console.log(keep.length)",
    "retained_memory": "const l = []; for (let i = 0; i < 100; ++i) l.push(new Array(1e5).fill(i)); console.log(l.length, l[99][5])",
    "large_buffers": "const l = []; for (let i = 0; i < 50; ++i) l.push(Buffer.alloc(1 << 20, i)); console.log(l.reduce((n, b) => n + b.length, 0))",
    "weak_references": "const w = new WeakRef({ a: 1 }); console.log(w.deref().a, new WeakMap([[{}, 1]]) instanceof WeakMap)",
    "wasm_sync": (
        "const b = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0,"
        " 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]); const i = new WebAssembly.Instance(new WebAssembly.Module(b)); console.log(i.exports.add(2, 3));"
        "let s = 0; for (let k = 0; k < 3e6; ++k) s = i.exports.add(s, k); console.log(s)"
    ),
    "wasm_async": (
        "const b = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0,"
        " 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]); WebAssembly.instantiate(b).then(({ instance }) => console.log(instance.exports.add(4, 5)))"
    ),
    "wasm_memory_trap": (
        "const b = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0,"
        " 10, 12, 1, 10, 0, 65, 127, 65, 0, 106, 40, 2, 0, 11]); const i = new WebAssembly.Instance(new WebAssembly.Module(b));"
        "try { i.exports.f(); } catch (e) { console.log(e.name, e.message); }"
    ),
    "worker": (
        "const { Worker } = require('worker_threads'); const w = new Worker('const p = require(\"worker_threads\"); p.parentPort.postMessage(p.workerData * 2)',"
        " { eval: true, workerData: 21 }); w.on('message', console.log); w.on('exit', (c) => console.log('exit', c))"
    ),
    "processors": "const os = require('os'); console.log(os.cpus().length === os.availableParallelism(), os.cpus.name, typeof os.cpus()[0].times.user)",
    "processors_of_a_module": "import { cpus } from 'os'; import os from 'node:os'; console.log(cpus().length === os.availableParallelism())",
    "processors_of_a_worker": "const { Worker } = require('worker_threads'); new Worker('const os = require(\\'os\\'); console.log(os.cpus().length === os.availableParallelism())', { eval: true })",
    "worker_of_the_script_itself": (
        "const { Worker, isMainThread, parentPort } = require('worker_threads');"
        "if (isMainThread) new Worker(__filename).on('message', console.log);"
        "else parentPort.postMessage([require('path').basename(process.argv[1]), Object.keys(require.cache).map((f) => require('path').basename(f))])"
    ),
    "script_reads_itself": "console.log(require('fs').readFileSync(__filename, 'utf8').length, require.resolve('./main.js') === __filename)",
    "worker_output": "const { Worker } = require('worker_threads'); new Worker('console.log(\"from the worker\"); console.error(process.execArgv.length)', { eval: true })",
    "worker_error": "const { Worker } = require('worker_threads'); new Worker('throw new TypeError(\"in worker\")', { eval: true }).on('error', (e) => console.log(e.name, e.message))",
    "worker_terminated": "const { Worker } = require('worker_threads'); const w = new Worker('for (;;);', { eval: true }); w.on('online', () => w.terminate().then((c) => console.log('code', c)))",
    "worker_exit_of_main": "const { Worker } = require('worker_threads'); const w = new Worker('setInterval(() => {}, 1000)', { eval: true }); w.on('online', () => { console.log('online'); process.exit(2); })",
    "shared_memory": (
        "const { Worker } = require('worker_threads'); const s = new Int32Array(new SharedArrayBuffer(8));"
        "new Worker('const { workerData: s } = require(\"worker_threads\"); Atomics.store(s, 0, 5); Atomics.notify(s, 0)', { eval: true, workerData: s });"
        "console.log(Atomics.wait(s, 0, 0, 10000), s[0])"
    ),
    "atomics_wait_async": "const s = new Int32Array(new SharedArrayBuffer(4)); const r = Atomics.waitAsync(s, 0, 0, 20); r.value.then((v) => console.log(v)); setTimeout(() => {}, 60)",
    "finalization": "const r = new FinalizationRegistry(() => {}); r.register({}, 1); console.log('registered')",
    "random_in_range": "const r = Math.random(); console.log(r >= 0 && r < 1, require('crypto').randomBytes(8).length, crypto.randomUUID().length)",
    "eval_and_function": "console.log(eval('1 + 1'), (0, eval)('typeof module'), new Function('a', 'return a * 2')(4))",
    "label_and_with": "o: for (const a of [1, 2]) { for (const b of [1, 2]) { if (b === 2) continue o; console.log(a, b); } } with ({ z: 3 }) console.log(z)",
    "process_binding": "try { process.binding('natives'); console.log('ok'); } catch (e) { console.log(e.message); }",
    "internals_are_hidden": "try { require('internal/util'); } catch (e) { console.log(e.code); }",
}
