import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import type { Step } from '../../src/model/deployment.js';
import { deploymentWorkflows } from '../../src/temporal/workflows.js';
import { appOf } from '../helpers/apps.js';
import { Releases, WORKED_CASE } from '../helpers/release-stage.js';
import { until } from '../helpers/until.js';

/** The server reports a workflow whose tasks failed several times; the pauses between them grow. */
const REPORTED_MS = 100_000;
const APP = '/product/db';
const STEPS: Step[] = [{ actions: [{ action: 'ResolveArtifacts', app: APP }] }];

const page = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
const section = page.split('<!-- queries: begin -->')[1]?.split('<!-- queries: end -->')[0] ?? '';
const QUERIES = [...section.matchAll(/^\| (.+?) \| `(.+)` \|$/gm)].map(
  ([, question = '', query = '']) => [question, query] as const,
);

const releases = new Releases('queries');

const unapproved = () => releases.start(WORKED_CASE, { approval: { required: 1, from: ['eva'] } });

/** A deployment in each situation that somebody may ask for. */
const SITUATIONS: Record<string, () => Promise<string>> = {
  held: async () => {
    const { stage } = releases;
    stage.work.set('/held', { target: appOf('/held'), options: {} });
    stage.runtime.resolveError = new TerminalError('not_found', 'the archive is not there');
    const id = await stage.deploy([{ actions: [{ action: 'ResolveArtifacts', app: '/held' }] }]);
    await releases.gate(id, 'failure');
    return id;
  },
  paused: async () => {
    const id = await releases.start({ type: 'batches', batches: 4 }, { pauseMode: 'first' });
    await releases.gate(id, 'pause');
    return id;
  },
  unapproved: async () => {
    const id = await unapproved();
    await releases.gate(id, 'approval');
    return id;
  },
  // No agent runs in production here, so the first activity waits.
  waiting: () => releases.stage.deploy(STEPS, {}, { environment: 'production' }),
  unbegun: async () => {
    const { client, address } = releases.stage.connections;
    const input = { id: randomUUID(), environment: 'test', steps: STEPS, options: {}, by: 'ana', reason: '' };
    await deploymentWorkflows(client, address, { queue: `nobody-${input.id}` }).start(input);
    return input.id;
  },
  // An input that this code cannot read, as one of a newer version may be.
  broken: async () => {
    const { connections, queue } = releases.stage;
    const workflowId = randomUUID();
    const options = { workflowId, taskQueue: queue, args: [{ id: workflowId }] };
    await connections.client.workflow.start('deployment', options);
    return workflowId;
  },
  failed: async () => {
    const id = await unapproved();
    await releases.stage.workflows.command(id, 'close', { by: 'ana' });
    await releases.end(id);
    return id;
  },
  terminated: async () => {
    const id = await releases.stage.deploy(STEPS, {}, { environment: 'staging' });
    await releases.stage.handle(id).terminate('by hand');
    return id;
  },
};

/** What each question is to find of these. */
const ANSWERS: Record<string, string[]> = {
  'What is held by a failure, and waits for somebody to decide?': ['held'],
  'What is paused?': ['paused'],
  'What waits for approvals, a window, the end of a freeze, or its start time?': ['unapproved'],
  'What has waited for instances since then?': ['waiting'],
  'What has no worker begun?': ['unbegun'],
  'What can the code of a worker not go on with?': ['broken'],
  'What is under way for an app?': ['unbegun', 'waiting'],
  'What is under way in an environment?': ['waiting'],
  'What failed since then?': ['failed'],
  'What was ended in Temporal, and not by a command?': ['terminated'],
};

describe('the saved queries of docs/operating.md', () => {
  const ids = new Map<string, string>();
  beforeAll(async () => {
    for (const [situation, make] of Object.entries(SITUATIONS)) ids.set(await make(), situation);
  });
  afterAll(async () => {
    const end = (id: string) => releases.stage.handle(id).terminate('the test is over');
    await Promise.all([...ids.keys()].map((id) => end(id).catch(() => undefined)));
  });

  /** Which of our situations a query finds; other tests use the server, too. */
  async function found(query: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { workflowId } of releases.stage.connections.client.workflow.list({ query }))
      names.push(...(ids.has(workflowId) ? [ids.get(workflowId) ?? ''] : []));
    return names.sort();
  }

  test('each has its answer here', () => {
    expect(QUERIES.map(([question]) => question)).toEqual(Object.keys(ANSWERS));
  });

  test.each(QUERIES)('%s', { timeout: REPORTED_MS + 20_000 }, async (question, query) => {
    await found(query);
    // Times of the page are in the past; what is older than tomorrow is all.
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const shifted = query.replace(/StartTime < "[^"]+"/, `StartTime < "${tomorrow}"`);
    const wanted = JSON.stringify(ANSWERS[question]);
    await until(async () => JSON.stringify(await found(shifted)) === wanted, {
      what: `${wanted} by ${shifted}`,
      timeoutMs: REPORTED_MS,
    });
  });

  test('the command of the page takes them', async () => {
    const [, command = ''] = /`temporal (workflow list) --namespace slipway --query '…'`/.exec(page) ?? [];
    const [, query = ''] = QUERIES[0] ?? [];
    const where = ['--address', inject('temporalAddress'), '--namespace', 'default'];
    const run = promisify(execFile);
    const { stdout } = await run(inject('temporalBinary'), [
      ...command.split(' '),
      ...where,
      '--query',
      query,
    ]);
    expect(stdout).toContain([...ids].find(([, situation]) => situation === 'held')?.[0]);
  });
});
