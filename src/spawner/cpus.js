// SPDX-License-Identifier: Apache-2.0
// In front of boot.js and node_serve.js. Node.js counts the processors in files that runs do not see, and programs
// make as many workers as os.cpus() has entries.
'use strict';
{
  const os = require('os');
  const { cpus } = os;
  Object.assign(os, {
    cpus() {
      const seen = cpus();
      const unknown = () => ({ model: 'unknown', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } });
      return seen.length > 0 ? seen : Array.from({ length: os.availableParallelism?.() ?? 1 }, unknown);
    },
  });
}
