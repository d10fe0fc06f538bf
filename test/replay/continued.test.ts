import { afterAll, beforeAll, expect, test } from 'vitest';
import { V2 } from '../helpers/apps.js';
import { Stage } from '../helpers/stage.js';
import { TemporalServer } from '../helpers/temporal-server.js';
import { until } from '../helpers/until.js';
import { CONTINUED, EVENTS_OF_A_RUN, upgradeInTwoRuns } from './continued.js';
import { record, recording } from './histories.js';

const SUGGESTION = `limit.historyCount.suggestContinueAsNew=${EVENTS_OF_A_RUN}`;

let server: TemporalServer;
let stage: Stage;

beforeAll(async () => {
  server = await TemporalServer.start(SUGGESTION);
  // Without a cache each task replays the whole run.
  stage = await Stage.open(0, server.address);
});
afterAll(async () => {
  await stage?.close();
  await server?.dispose();
});

test('a long history goes on in a new run with what was decided in the first, and ends once', async () => {
  const app = '/long';
  const { id, first } = await upgradeInTwoRuns(stage, app);
  const next = async () => (await stage.handle(id).describe()).runId !== first;
  await until(next, { what: 'a new run', timeoutMs: 30_000 });
  // Answered in the first run: the same request does nothing in the next.
  await stage.handle(id).signal('pause', { by: 'ana', requestId: 'once' });
  expect(await stage.handle(id).result()).toBe('succeeded');
  expect(stage.ends).toHaveLength(1);
  expect(stage.runtime.versions(app)).toEqual(Array.from({ length: 10 }, () => V2));
  // The batches of the edit, none twice: 5 in the first one, then one by one.
  const batches = stage.progress.filter((each) => each.app === app).map(({ batch }) => batch);
  expect([...new Set(batches)]).toEqual([1, 2, 3, 4, 5, 6]);
  if (!recording) return;
  const { address } = server;
  await record(CONTINUED[0], { id, run: first, address });
  await record(CONTINUED[1], { id, address });
});
