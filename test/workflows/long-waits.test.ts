import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { CalendarAnswer, CalendarQuestion, ControlActivities } from '../../activities/types.js';
import { verdictAt } from '../../src/gates/calendar.js';
import type { ReleaseWindow } from '../../src/gates/types.js';
import type { Strategy } from '../../src/model/app.js';
import type { DeploymentOptions, Outcome } from '../../src/model/deployment.js';
import type { DeploymentInput } from '../../workflows/types.js';
import { findTestServer, noTestServer } from '../helpers/test-server.js';

const DAY_MS = 24 * 3_600_000;
const APP = '/shop/web';
/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2;

/** `20260131T093000Z`. */
function rfc5545(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

describe.skipIf(noTestServer)(`waits of days, on skipped time ${noTestServer ?? ''}`, () => {
  let env: TestWorkflowEnvironment;
  let nights: ReleaseWindow = { name: 'nights', rrule: '', durationSeconds: 3600, timeZone: 'Europe/Berlin' };
  beforeAll(async () => {
    const path = await findTestServer();
    const executable = { type: 'existing-path', path } as const;
    env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    await env.connection.operatorService.addSearchAttributes({
      namespace: env.namespace ?? 'default',
      searchAttributes: { SlipwayStep: KEYWORD, SlipwayGate: KEYWORD },
    });
  });
  afterAll(() => env?.teardown());

  test('an approval that nobody gives expires after its days', async () => {
    const approval = { required: 1, from: ['eva'], expiresSeconds: (3 * DAY_MS) / 1000 };
    const run = await carryOut({ approval });
    expect(run.end).toMatchObject({ outcome: 'failed', restore: true });
    expect(run.passed).toBeGreaterThanOrEqual(3 * DAY_MS);
    expect(run.batches).toEqual([]);
  });

  test('a window weeks away is waited for with one timer, and one question after it', async () => {
    const opens = (await env.currentTimeMs()) + 20 * DAY_MS;
    nights = { ...nights, rrule: `DTSTART:${rfc5545(opens)}\nRRULE:FREQ=DAILY` };
    const run = await carryOut({ window: nights.name }, { calendar: true });
    expect(run.end?.outcome).toBe('succeeded');
    expect(run.asked.map((question) => verdict(question).open)).toEqual([false, true]);
    expect(run.passed).toBeGreaterThanOrEqual(19 * DAY_MS);
  });

  test('a start time and the stops of a canary take the time that they say', async () => {
    const start = new Date((await env.currentTimeMs()) + 10 * DAY_MS).toISOString();
    const strategy: Strategy = {
      type: 'canary',
      steps: [
        { instances: 1, pauseSeconds: DAY_MS / 1000 },
        { percent: 50, pauseSeconds: (2 * DAY_MS) / 1000 },
      ],
    };
    const run = await carryOut({ startAt: start, strategy });
    expect(run.end?.outcome).toBe('succeeded');
    expect(run.batches).toEqual([1, 2, 3]);
    expect(run.passed).toBeGreaterThanOrEqual(13 * DAY_MS);
  });

  test('a hold with nothing to observe ends as declared after its days', async () => {
    const options = { onFailure: 'rollback', holdSeconds: (5 * DAY_MS) / 1000 } as const;
    const run = await carryOut(options, {}, new Error('the archive is not there'));
    expect(run.end?.outcome).toBe('failed');
    expect(run.rollbacks).toBe(1);
    expect(run.passed).toBeGreaterThanOrEqual(5 * DAY_MS);
  });

  function verdict(question: CalendarQuestion | undefined): CalendarAnswer {
    if (!question) throw new Error('the calendar was not asked');
    const { apps, window, except, at } = question;
    return verdictAt({ freezes: [], windows: [nights] }, { apps, window, except }, Date.parse(at));
  }

  /** Runs a deployment of 4 instances to its end on the test server, with activities that do nothing. */
  async function carryOut(options: DeploymentOptions, more: Partial<DeploymentInput> = {}, broken?: Error) {
    const run = {
      end: undefined as { outcome: Outcome; restore?: boolean } | undefined,
      asked: [] as CalendarQuestion[],
      batches: [] as number[],
      rollbacks: 0,
      passed: 0,
    };
    const control: ControlActivities = {
      record: async () => undefined,
      rollback: async () => void run.rollbacks++,
      conclude: async (end) => {
        run.end = end;
      },
      calendar: async (question) => {
        run.asked.push(question);
        return verdict(question);
      },
    };
    const environment = randomUUID();
    const runtime = {
      restartApplication: async ({ batch }: { batch: number }) => {
        if (broken) throw ApplicationFailure.nonRetryable(broken.message);
        run.batches.push(batch);
        return { failed: 0 };
      },
    };
    await withWorkers(environment, control, runtime, async (taskQueue) => {
      const begun = await env.currentTimeMs();
      const input = inputOf(environment, options, more);
      await env.client.workflow
        .execute('deployment', { workflowId: input.id, taskQueue, args: [input] })
        .catch(() => undefined);
      run.passed = (await env.currentTimeMs()) - begun;
    });
    return run;
  }

  async function withWorkers(
    environment: string,
    control: ControlActivities,
    runtime: object,
    work: (taskQueue: string) => Promise<void>,
  ): Promise<void> {
    const taskQueue = `slipway-${environment}`;
    const common = { connection: env.nativeConnection, namespace: env.namespace ?? 'default' };
    const workflowBundle = { codePath: inject('bundlePath') };
    const first = await Worker.create({ ...common, taskQueue, workflowBundle, activities: control });
    const second = await Worker.create({
      ...common,
      taskQueue: `runtime-${environment}`,
      activities: { ...runtime },
    });
    await first.runUntil(second.runUntil(work(taskQueue)));
  }

  function inputOf(
    environment: string,
    options: DeploymentOptions,
    more: Partial<DeploymentInput>,
  ): DeploymentInput {
    const strategy = options.strategy ?? { type: 'batches', batches: 1 };
    const rollout = { instances: 4, from: 4, strategy };
    const steps = [{ actions: [{ action: 'RestartApplication', app: APP, rollout } as const] }];
    return { id: randomUUID(), environment, steps, options, by: 'ana', reason: '', ...more };
  }
});
