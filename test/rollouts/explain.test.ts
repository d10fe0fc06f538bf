import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_TABLE } from '../../src/model/command-table.js';
import type { Command } from '../../src/model/deployment.js';
import { until } from '../helpers/until.js';
import { Whole } from '../helpers/whole.js';
import { createApps, PATIENCE, type Release, TIMEOUT_MS } from './support/release.js';
import { SCENES, type Staged } from './support/scenes.js';

const STAGED = Object.keys(SCENES) as Staged[];
const APPS = STAGED.map((situation) => `/explained/${situation.toLowerCase()}`);

let whole: Whole;
beforeAll(async () => {
  whole = await Whole.open();
  await createApps(whole, APPS);
});
afterAll(() => whole?.close());

/** What the Temporal UI shows beside the workflow. */
async function currentDetails(release: Release): Promise<string> {
  const metadata = await whole
    .handle(release.id)
    .query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return (metadata.currentDetails ?? '').replaceAll('**', '');
}

const explained = async ({ id }: Release) => (await whole.call('GET', `/api/deployments/${id}/explain`)).body;

describe('why it does not move', { timeout: TIMEOUT_MS }, () => {
  test.concurrent.for(STAGED)('is one sentence, here and in the Temporal UI: %s', async (situation) => {
    const release = await SCENES[situation].bring(whole, `/explained/${situation.toLowerCase()}`);
    const { gate } = await release.deployment();
    const told = await explained(release);
    const details = await currentDetails(release);
    // What a running batch waits for is in the heartbeat of its activity, which the UI shows beside it.
    if (gate) expect(told.description).toBe(details);
    else expect(told.description).toMatch(new RegExp(`^${details} waits: 0/1 ready`));
    expect(told).toMatchObject(gate ? { gate: gate.kind, since: gate.since } : { gate: 'readiness' });
  });

  test.concurrent.for(STAGED.filter((situation) => situation !== 'pausing' && situation !== 'between'))(
    'names the commands that apply, and no other: %s',
    async (situation) => {
      const app = `/explained/${situation.toLowerCase()}-commands`;
      await createApps(whole, [app]);
      const { canAct } = await explained(await SCENES[situation].bring(whole, app));
      const commands = (Object.keys(COMMAND_TABLE) as Command[]).filter(
        (command) => COMMAND_TABLE[command][situation],
      );
      expect(canAct.map(({ command }: { command: string }) => command)).toEqual(commands);
    },
  );

  test('a batch that begins after a pause is told in the Temporal UI, too', async () => {
    const app = '/explained/after-a-pause';
    await createApps(whole, [app]);
    const release = await SCENES.paused.bring(whole, app);
    release.sicken(2);
    await release.post('resume');
    await until(async () => /batch 2\/3$/.test(await currentDetails(release)), {
      what: 'the second batch in the details',
      ...PATIENCE,
    });
    expect(await currentDetails(release)).toBe(`step 1/1: RestartApplication ${app} batch 2/3`);
  });
});
