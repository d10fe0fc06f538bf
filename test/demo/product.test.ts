import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { every } from '../../src/demo/every.js';
import { PRODUCT, productText } from '../../src/demo/product.js';
import { until } from '../helpers/until.js';

interface AppJson {
  id: string;
  instances: number;
  env: Record<string, string>;
  fetch: { uri: string }[];
  upgradeStrategy: { minimumHealthCapacity: number };
}

describe('the product', () => {
  it('is examples/product.json with its places filled in', async () => {
    const product = JSON.parse(await productText('run-1', '2')) as {
      groups: { id: string; apps: AppJson[] }[];
    };
    const apps = product.groups.flatMap(({ id, apps: own }) =>
      own.map((app) => ({ ...app, id: `/product/${id}/${app.id}` })),
    );
    expect(apps.map(({ id }) => id)).toEqual(Object.keys(PRODUCT.apps));
    for (const app of apps) {
      expect(app.env).toEqual({ RELEASE: '2', SLIPWAY_DEMO_RUN: 'run-1' });
      expect(existsSync(fileURLToPath(app.fetch[0]?.uri ?? ''))).toBe(true);
    }
  });

  it('promises what follows from its counts and shares', async () => {
    const product = JSON.parse(await productText('r', '1')) as { groups: { apps: AppJson[] }[] };
    const shares = product.groups.flatMap(({ apps }) => apps);
    for (const [i, promised] of Object.values(PRODUCT.apps).entries()) {
      const { instances = 0, upgradeStrategy } = shares[i] ?? {};
      const healthy = Math.ceil(instances * (upgradeStrategy?.minimumHealthCapacity ?? 0));
      expect(promised).toEqual({ instances, fewestHealthy: healthy, peak: 2 * healthy });
    }
  });
});

describe('every', () => {
  it('never overlaps more than allowed, survives a failure, and stops when told', async () => {
    let [running, most, calls] = [0, 0, 0];
    const stop = every(
      1,
      async () => {
        calls += 1;
        running += 1;
        most = Math.max(most, running);
        await until(() => calls >= 3 || running >= 2);
        running -= 1;
        throw new Error('one look failed');
      },
      { overlap: 2 },
    );
    await until(() => calls >= 6);
    await stop();
    const atStop = calls;
    expect(running).toBe(0);
    expect(most).toBe(2);
    let ticks = 0;
    const stopTicks = every(1, () => void ticks++);
    await until(() => ticks >= 5);
    await stopTicks();
    expect(calls).toBe(atStop);
  });
});
