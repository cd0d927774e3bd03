// SPDX-License-Identifier: Apache-2.0
// claim: WebAssembly gives no memory and no calls that JavaScript lacks; WASI shows only what the run may see.
// expected: refused
// origin: WASI preopens of the root folder
// outside: as nobody

// The module calls path_open(3, 0, path, ...) and fd_read, and leaves what it has read at 1024.
process.removeAllListeners('warning');
process.on('warning', () => {});
const { WASI } = require('wasi');
const memory = new WebAssembly.Memory({ initial: 1 });
const bytes = new Uint8Array(memory.buffer);
const view = new DataView(memory.buffer);
const program = new WebAssembly.Module(
  Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 8, 1, 1, 101, 1, 109, 2, 0, 1, 3, 2, 1, 0, 7, 19, 2, 6, 109, 101,
    109, 111, 114, 121, 2, 0, 6, 95, 115, 116, 97, 114, 116, 0, 0, 10, 4, 1, 2, 0, 11,
  ])
);
let seen = [];
let text = '';
try {
  const wasi = new WASI({ version: 'preview1', preopens: { '/': STAGE.secret_dir } });
  wasi.start(new WebAssembly.Instance(program, { e: { m: memory } }));
  const call = wasi.wasiImport;
  const name = Buffer.from(STAGE.secret_file.slice(STAGE.secret_dir.length + 1));
  bytes.set(name, 100);
  seen.push(call.path_open(3, 0, 100, name.length, 0, 2n, 0n, 0, 8));
  view.setUint32(16, 1024, true);
  view.setUint32(20, 200, true);
  seen.push(call.fd_read(view.getUint32(8, true), 16, 1, 24));
  text = Buffer.from(bytes.slice(1024, 1024 + view.getUint32(24, true))).toString();
} catch (error) {
  seen.push(error.code || error.message.slice(0, 60));
}
console.log(text.includes(STAGE.mark) ? 'ESCAPED: read ' + text.trim() : 'HELD: ' + seen);
