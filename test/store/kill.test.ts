import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/connection.js';
import { loadRoot } from '../../src/store/roots.js';
import { runningDeployments } from '../../src/store/running.js';
import { emptyDatabase } from '../helpers/open-store.js';
import { spawnTypeScript } from '../helpers/spawn-typescript.js';
import { until } from '../helpers/until.js';

it('keeps every change that it acknowledged when the process is killed in the middle of another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-kill-'));
  const dir = join(folder, 'database');
  const child = spawnTypeScript(new URL('admits-in-a-loop.ts', import.meta.url), [
    dir,
    await emptyDatabase(),
  ]);
  let text = '';
  child.stdout?.on('data', (data) => {
    text += data;
  });
  try {
    await until(() => text.split('\n').length > 10, { timeoutMs: 80_000, what: 'acknowledged changes' });
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const acknowledged = text.split('\n').slice(0, -1);
  const store = await openStore({ dir });
  const { apps } = await loadRoot(store, 'test');
  const live = new Map((await runningDeployments(store.db, 'test')).map((d) => [d.id, d]));
  for (const line of acknowledged) {
    const [app = '', id = ''] = line.split(' ');
    expect(apps.has(app)).toBe(true);
    expect(live.get(id)?.affectedApps).toEqual([app]);
  }
  // What was not acknowledged is there whole or not at all.
  expect(live.size).toBe(apps.size);
  await store.close();
  await rm(folder, { recursive: true, force: true });
}, 120_000);
