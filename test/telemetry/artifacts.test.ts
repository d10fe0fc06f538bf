import { expect, it } from 'vitest';
import { artifactObserver } from '../../src/telemetry/artifacts.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { artifact, serveFiles, setup } from '../artifacts/setup.js';
import { Exposition } from '../helpers/exposition.js';

it('artifacts are counted as fetched, reused and failed, with bytes and time', async () => {
  const metrics = new Metrics();
  const server = await serveFiles({ '/a.txt': 'hello' });
  const { cache, sandbox } = await setup({ observer: artifactObserver(metrics) });
  const wanted = artifact(`${server.url}/a.txt`);
  await cache.resolve([wanted]);
  await cache.resolve([wanted]);
  await cache.place([wanted], sandbox);
  await expect(cache.resolve([artifact(`${server.url}/missing`)])).rejects.toThrow('404');
  const shown = new Exposition(await metrics.text());
  const counts = ['fetched', 'reused', 'failed'].map((result) =>
    shown.value('slipway_artifacts_total', { result }),
  );
  expect(counts).toEqual([1, 1, 1]);
  expect(shown.value('slipway_artifact_fetched_bytes_total')).toBe(5);
  expect(shown.value('slipway_artifact_fetch_seconds_count')).toBe(1);
});
