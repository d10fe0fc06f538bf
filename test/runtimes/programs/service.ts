import { readFileSync, writeFileSync } from 'node:fs';
import { createProcessRuntime } from '../../../src/runtimes/process/runtime.js';
import type { Target } from '../../../src/runtimes/supervisor/ports.js';
import { MemoryProjection, quietLog } from '../support.js';

// A service that can be killed: supervises what the file `targets` of its home declares, and says when it is up.
const [home = '', first = '', last = ''] = process.argv.slice(2);
const file = `${home}/targets`;
const runtime = createProcessRuntime({
  home,
  host: '127.0.0.1',
  portRange: [Number(first), Number(last)],
  capacity: { cpus: 100, mem: 10_000, disk: 0 },
  targets: {
    load: async () => JSON.parse(readFileSync(file, 'utf8')) as Target[],
    save: async (target) => writeFileSync(file, JSON.stringify([target])),
    forget: async () => writeFileSync(file, '[]'),
  },
  projection: new MemoryProjection(),
  artifacts: { resolve: async () => [], place: async () => undefined },
  log: quietLog(),
});

void runtime.start().then(() => {
  process.stdout.write('up\n');
  setInterval(() => undefined, 1000);
});
