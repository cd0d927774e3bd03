# SPDX-License-Identifier: Apache-2.0
"""JavaScript programs of the kind that code nodes are full of: they run unchanged, and nothing is refused."""

import json

import dify
import pytest
import sandgate
from programs import data_of, good, javascript_node, stdout_of, table

pytestmark = pytest.mark.skipif(
    sandgate.everything_starts_cold() and not sandgate.node_is_forked(),
    reason="this node is always started cold: there is no other way to test")

PROGRAMS = {
    "fs.promises in the working directory and in /tmp": ("""
        const fs = require('fs').promises
        async function main() {
          for (const name of ['a.txt', '/tmp/b.txt']) {
            await fs.writeFile(name, 'text ' + name)
            await fs.appendFile(name, '!')
            console.log(await fs.readFile(name, 'utf8'))
          }
          await fs.mkdir('d/e', {recursive: true}); await fs.rm('d', {recursive: true}); await fs.unlink('a.txt')
          console.log(await fs.readdir('.').then(names => names.includes('a.txt')))
        }
        main()
        """, "text a.txt!\ntext /tmp/b.txt!\nfalse\n"),
    "what a program asks of its own process": ("""
        const m = process.memoryUsage()
        console.log(m.rss > m.heapUsed, process.memoryUsage.rss() > 0, process.resourceUsage().maxRSS > 0)
        """, "true true true\n"),
    "zlib": ("""
        const zlib = require('zlib')
        zlib.gzip('x'.repeat(100000), (error, data) => console.log(error, zlib.gunzipSync(data).length,
            zlib.brotliDecompressSync(zlib.brotliCompressSync('abc')).toString()))
        """, "null 100000 abc\n"),
    "crypto": ("""
        const crypto = require('crypto')
        console.log(crypto.createHash('sha256').update('a').digest('hex').slice(0, 8), crypto.randomUUID().length)
        crypto.scrypt('p', 's', 16, (error, key) => console.log(key.length))
        const key = Buffer.alloc(32), iv = Buffer.alloc(16), cipher = crypto.createCipheriv('aes-256-cbc', key, iv)
        console.log(cipher.update('text', 'utf8', 'hex').length + cipher.final('hex').length)
        """, "ca978112 36\n32\n16\n"),
    "worker_threads": ("""
        const {Worker} = require('worker_threads')
        const worker = new Worker("require('worker_threads').parentPort.on('message', n => { "
          + "require('worker_threads').parentPort.postMessage(n * 2); process.exit() })", {eval: true})
        worker.on('message', console.log); worker.postMessage(21)
        """, "42\n"),
    "WebAssembly": ("""
        const bytes = Buffer.from('0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b', 'hex')
        WebAssembly.instantiate(bytes).then(({instance}) => console.log(instance.exports.add(40, 2)))
        """, "42\n"),
    "timers in their order": ("""
        setImmediate(() => { console.log('immediate'); setTimeout(() => console.log('timeout'), 5) })
        process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('promise'))
        let n = 0; const timer = setInterval(() => { if (++n === 3) { clearInterval(timer); console.log('three') } }, 20)
        """, "tick\npromise\nimmediate\ntimeout\nthree\n"),
    "a global without declaration": ("obj = {a: 1}; console.log(obj.a, globalThis.obj === obj)", "1 true\n"),
    "sloppy mode": ("console.log((function () { return this === globalThis })(), 010, delete {}.x)", "true 8 true\n"),
    "async main": ("""
        async function main() { await new Promise(done => setTimeout(done, 5)); return {result: 'late'} }
        main().then(result => console.log(JSON.stringify(result)))
        """, '{"result":"late"}\n'),
    "core modules": ("""
        const names = ['assert', 'buffer', 'crypto', 'events', 'fs', 'http', 'https', 'net', 'os', 'path', 'querystring',
          'stream', 'string_decoder', 'timers', 'tls', 'url', 'util', 'v8', 'vm', 'zlib', 'node:test', 'node:fs/promises']
        console.log(names.filter(name => !require(name)).length, require('os').availableParallelism() > 0)
        """, "0 true\n"),
    "streams": ("""
        const {Readable, Transform, pipeline} = require('stream')
        const upper = new Transform({transform(chunk, _, done) { done(null, String(chunk).toUpperCase()) }})
        pipeline(Readable.from(['a', 'b']), upper, process.stdout, () => {})
        """, "AB"),
    "Intl and big numbers": ("""
        console.log(new Intl.NumberFormat('de-DE').format(1234.5), 2n ** 64n, 'ä'.localeCompare('z', 'de'))
        """, "1.234,5 18446744073709551616n -1\n"),
    "import and top-level await": ("""
        import fs, {readFileSync} from 'fs'
        import path from 'node:path'
        const value = await Promise.resolve(42)
        console.log(value, fs.readFileSync === readFileSync, path.join('a', 'b'), typeof require)
        export default value
        """, "42 true a/b undefined\n"),
    "top-level await alone": ("const value = await Promise.resolve(7)\nconsole.log(value)", "7\n"),
    "await inside a call": ("console.log(await Promise.resolve(5))", "5\n"),
    "await inside a block": ("try { console.log(await 1) } catch {}", "1\n"),
    "an indented import": ("  import path from 'path'\n  console.log(path.basename('/a/b'))", "b\n"),
    "dynamic import": ("import('node:path').then(path => console.log(path.basename('/a/b')))", "b\n"),
    "a script that looks like a module and is none": (
        "const text = `\n// import x from y in a text\n`\nvar important = 1\nconsole.log(important, typeof require)", "1 function\n"),
    "process": ("console.log(process.argv.length, process.execArgv, process.cwd() === process.env.HOME, process.exitCode)",
                "2 [] true undefined\n"),
    "a module of one's own": ("""
        require('fs').writeFileSync('helper.js', 'exports.twice = n => 2 * n')
        console.log(require('./helper').twice(4))
        """, "8\n"),
    "structuredClone, URL and TextEncoder": ("""
        console.log(structuredClone({a: [1]}).a[0], new URL('?q=ü', 'http://x/').search, new TextEncoder().encode('€').length)
        """, "1 ?q=%C3%BC 3\n"),
}


@table(PROGRAMS)
def test_program(server, code, expected):
    data = good(server, "nodejs", code)
    assert (data["stdout"], data["stderr"], data["denied"]) == (expected, "", [])


def test_main_gets_its_inputs(server):
    code = "function main({arg1, arg2}) {\n    return {\n        result: arg1 + arg2,\n    }\n}"
    assert javascript_node(server, code, arg1="a", arg2="b") == {"result": "ab"}


def test_async_main_of_a_node_is_an_empty_object(server):
    assert javascript_node(server, "async function main() { return {a: 1} }") == {}


def test_a_module_that_is_missing_is_named(server):
    with pytest.raises(dify.CodeExecutionError, match="Cannot find module 'lodash'"):
        javascript_node(server, "const _ = require('lodash')\nfunction main() { return {} }")


def test_a_missing_module_of_an_import_is_named(server):
    data = data_of(server, "nodejs", "import _ from 'lodash'\nconsole.log(_)")
    assert data["exit_code"] == 1 and "Cannot find package 'lodash'" in data["error"]


def test_warnings_are_no_error(server):
    data = good(server, "nodejs", "process.emitWarning('old'); console.warn('careful'); console.log('done')")
    assert data["stdout"] == "done\n" and "careful" in data["stderr"]


def test_the_line_of_an_error_is_the_editors(server):
    data = data_of(server, "nodejs", "function main() {\n  const x = 1\n  return missing.y\n}\nmain()")
    assert "main.js:3:" in data["error"] and "ReferenceError: missing is not defined" in data["error"]


def test_a_worker_leaves_open_files_alone(server):
    code = """
        const fs = require('fs'), {Worker} = require('worker_threads')
        fs.writeFileSync('a.txt', 'mine')
        const files = [...Array(40)].map(() => fs.openSync('a.txt'))
        new Worker('', {eval: true}).on('exit', () => {
          console.log(files.filter(file => fs.readSync(file, Buffer.alloc(4), 0, 4, 0) !== 4).length)
        })
        """
    assert stdout_of(server, "nodejs", code) == "0\n"


def test_memory_that_runs_out_is_named(make_server):
    server = make_server({"worker_timeout": 30, "limits": {"memory_mb": 256}})
    data = data_of(server, "nodejs", "const a = []; while (true) a.push(new Array(100000).fill(Math.random()))")
    assert data["outcome"] == "out_of_memory" and "limits.memory_mb" in data["error"]


@pytest.mark.parametrize("fill", ["Buffer.alloc(1e7, 1)", "new Uint8Array(1e7).fill(1)"])
def test_buffers_that_need_too_much_memory_name_the_limit(make_server, fill):
    server = make_server({"worker_timeout": 30, "limits": {"memory_mb": 256}})
    data = data_of(server, "nodejs", f"const a = []\nwhile (true) a.push({fill})")
    assert data["outcome"] == "out_of_memory" and "error: out of memory" in data["error"]
    # V8 may give up before it throws, and names no line then.
    thrown = "Array buffer allocation failed" in data["error"]
    assert (data["denied"][-1]["fix"], data["denied"][-1]["line"]) == ("limits.memory_mb: 512", 2 if thrown else 0)


@pytest.mark.parametrize("value", [[1, "a", None], {"deep": {"a": [{}]}}, "text", 1.5, True])
def test_values_survive(server, value):
    result = javascript_node(server, "function main({value}) { return {value} }", value=value)
    assert json.dumps(result) == json.dumps({"value": value})
