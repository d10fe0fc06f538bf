import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.js';
import { processesOf } from '../helpers/os-truth.js';
import { tempDir } from '../helpers/temp-dir.js';

const DEMO = fileURLToPath(new URL('../../dist/src/demo/main.js', import.meta.url));

test('the demo of the README keeps what it promises and leaves nothing behind', async () => {
  const home = await tempDir();
  const [port, temporal, ui] = [await freePort(), await freePort(), await freePort()];
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    SLIPWAY_HOME: home,
    SLIPWAY_PORT: String(port),
    SLIPWAY_TEMPORAL_PORT: String(temporal),
    SLIPWAY_TEMPORAL_UI_PORT: String(ui),
    SLIPWAY_INSTANCE_PORTS: '30000-30200',
  };
  const demo = spawn(process.execPath, [DEMO], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  demo.stdout.on('data', (chunk) => (output += chunk));
  demo.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(demo, 'close');
  expect(code, output).toBe(0);
  expect(output).toMatch(/database\/db: most processes at once +at most 12 +12/);
  expect(output).toMatch(/service\/app: most processes at once +at most 32 +32/);
  expect(output).toContain('requests without an answer');
  for (const app of ['/product/database/db', '/product/service/app'])
    expect(await processesOf(app, join(home))).toEqual([]);
}, 180_000);
