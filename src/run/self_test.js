// SPDX-License-Identifier: Apache-2.0
// The program that a Node.js fork server must run, twice, before its children serve: what a fork could have
// broken. Prints "sound" and numbers that must not repeat.
'use strict';
const crypto = require('crypto');
const { Worker } = require('worker_threads');

// (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
const adder = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97,
  100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);

const inWorker = () => new Promise((resolve, reject) => {
  const worker = new Worker('const { parentPort: p } = require("worker_threads"); p.postMessage([40 + 2, Math.random()])',
    { eval: true });
  worker.on('message', resolve);
  worker.on('error', reject);
});

// Garbage of all ages, collected by V8's threads.
const churn = () => {
  const kept = [];
  for (let i = 0; i < 40; ++i) {
    const objects = [];
    for (let j = 0; j < 10000; ++j) objects.push({ j, text: `t${j}` });
    if (i % 8 === 0) kept.push(objects);
  }
  return kept.length;
};

// Long enough for the optimising compiler, which has a thread of its own.
const hot = () => {
  let sum = 0;
  for (let i = 0; i < 3e6; ++i) sum = (sum + i) % 1009;
  return sum;
};

const main = async () => {
  const { instance } = await WebAssembly.instantiate(adder);
  const key = await new Promise((resolve, reject) => {
    crypto.pbkdf2('p', 's', 10, 8, 'sha256', (error, value) => (error ? reject(error) : resolve(value)));
  });
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  const [answer, workersRandom] = await inWorker();
  const sound = instance.exports.add(2, 3) === 5 && key.length === 8 && answer === 42 && churn() === 5 && hot() >= 0;
  console.log(sound ? 'sound' : 'unsound');
  console.log(Math.random());
  console.log(workersRandom);
  console.log(crypto.randomBytes(16).toString('hex'));
  console.log(crypto.randomUUID());
};
main();
