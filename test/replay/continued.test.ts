import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectTemporal } from '../../src/temporal/connection.js';
import { argumentsOf, databaseOf } from '../../src/temporal/devserver/command.js';
import { V2 } from '../helpers/apps.js';
import { freePort } from '../helpers/free-port.js';
import { Stage } from '../helpers/stage.js';
import { until } from '../helpers/until.js';
import { CONTINUED, EVENTS_OF_A_RUN, upgradeInTwoRuns } from './continued.js';
import { record, recording } from './histories.js';

const SUGGESTION = `limit.historyCount.suggestContinueAsNew=${EVENTS_OF_A_RUN}`;

let stop: () => Promise<void>;
let stage: Stage;
let address: string;

beforeAll(async () => {
  ({ address, stop } = await serverOfShortRuns());
  // Without a cache each task replays the whole run.
  stage = await Stage.open(0, address);
});
afterAll(async () => {
  await stage?.close();
  await stop?.();
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
  await record(CONTINUED[0], { id, run: first, address });
  await record(CONTINUED[1], { id, address });
});

/** A server of its own, which suggests a new run after a few events. */
async function serverOfShortRuns(): Promise<{ address: string; stop(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'slipway-test-temporal-'));
  await mkdir(dirname(databaseOf(home)), { recursive: true });
  const [port, uiPort] = [await freePort(), await freePort()];
  const binary = inject('temporalBinary');
  const flags = argumentsOf({ binary, home, port, uiPort });
  const server = spawn(binary, [...flags, '--dynamic-config-value', SUGGESTION], { stdio: 'ignore' });
  process.once('exit', () => server.kill('SIGKILL'));
  const at = `127.0.0.1:${port}`;
  const answers = () =>
    connectTemporal({ address: at }).then(
      async (connections) => {
        await connections.client.workflowService.describeNamespace({ namespace: 'default' });
        await connections.close();
        return true;
      },
      () => false,
    );
  await until(answers, { what: 'the server', timeoutMs: 60_000 });
  return {
    address: at,
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}
