# SPDX-License-Identifier: Apache-2.0
"""The places of JavaScript programs (see places.py)."""

from places import Place


def file_in(folder: str) -> Place:
    where = {"the working directory": "process.cwd()", "HOME": "process.env.HOME"}.get(folder, repr(folder))
    path = f"{where} + '/{'home-' if folder == 'HOME' else ''}' + tag"
    return Place(f"file in {folder}", "machine", f"fs.writeFileSync({path}, mark);", f"""
const file = {path}, seen = isMark(fs.readFileSync(file));
fs.unlinkSync(file);
return seen;
""")


MACHINE = [
    *map(file_in, ("the working directory", "HOME", "/tmp", "/var/tmp", "/dev/shm")),
    Place("times of a file of the server's user", "machine", "fs.utimesSync(own, number, number);",
          "return Math.floor(fs.statSync(own).mtimeMs / 1000) === number;"),
    Place("mode of a file of the server's user", "machine", "fs.chmodSync(own, 0o611);",
          "return (fs.statSync(own).mode & 0o777) === (0o611);"),
    Place("time at which a shared file was last read", "machine", "fs.readFileSync(shared);",
          "return fs.statSync(shared).atimeMs > 1e9;"),
]

INTERPRETER = [
    Place("environment", "interpreter", "process.env.LEAK = mark;", "return isMark(process.env.LEAK);"),
    Place("global variable", "interpreter", "globalThis.leak = mark;", "return isMark(globalThis.leak);"),
    Place("property of a prototype", "interpreter", "Object.prototype.leaked = mark;", "return isMark(({}).leaked);"),
    Place("variable of a module", "interpreter", "os.leak = mark;", "return isMark(os.leak);"),
    Place("cache of modules", "interpreter", "require('module')._cache[tag] = { id: mark };",
          "return isMark(require('module')._cache[tag].id);"),
    Place("memory that was freed", "interpreter", """
for (let n = 0; n < 200; n++) Buffer.from(`freed ${mark}`.repeat(80));
""", """
require('v8').setFlagsFromString('--expose-gc');
const collect = require('vm').runInNewContext('gc');
const start = Buffer.from('freed ' + Buffer.from(Buffer.from(shifted.slice(0, 8)).map((letter) => letter - 1)));
const holds = (data) => {
  for (let at = data.indexOf(start); at >= 0; at = data.indexOf(start, at + 1)) {
    if (isMark(data.subarray(at + 6))) return true;
  }
};
// A thread of the collector gives the memory back, in its own time.
for (let round = 0; round < 20; round++) {
  for (let n = 0; n < 400; n++) if (holds(Buffer.allocUnsafe(4000))) return true;
  collect();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}
return holds(Buffer.allocUnsafeSlow(1 << 25));
"""),
    Place("name of the process", "interpreter", "process.title = mark;", "return isMark(process.title);"),
    Place("priority", "interpreter", "os.setPriority(3);", "return os.getPriority() >= 3;"),
    Place("umask", "interpreter", "process.umask(0o123);", "return process.umask(0o022) === 0o123;"),
    Place("timer", "interpreter", "setTimeout(() => {}, 200);",
          "return process.getActiveResourcesInfo().includes('Timeout');"),
    Place("listener of the process", "interpreter", "process.on(tag, () => mark);",
          "return process.listenerCount(tag) > 0;"),
    Place("handler of a signal", "interpreter", "process.on('SIGWINCH', () => {});",
          "return process.listenerCount('SIGWINCH') > 0;"),
    Place("open file", "interpreter", """
fs.writeFileSync('opened', mark);
globalThis.opened = fs.openSync('opened');
fs.unlinkSync('opened');
""", """
for (let fd = 3; fd < 64; fd++) {
  const data = Buffer.alloc(32);
  if (typeof attempt(() => fs.readSync(fd, data, 0, 32, 0)) === 'number' && isMark(data)) return true;
}
"""),
]

ALL = [*MACHINE, *INTERPRETER]
