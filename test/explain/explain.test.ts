import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/explain.js';
import type { Deployment } from '../../src/model/deployment.js';
import type { Instance, Waiting } from '../../src/model/instance.js';
import { sentence } from '../../src/model/sentence.js';
import { instanceOf } from '../api/steps.js';

const AT = '2026-01-02T00:00:00.000Z';
const APP = '/shop/web';

function deployment(fields: Partial<Deployment> = {}): Deployment {
  const action = {
    action: 'RestartApplication',
    app: APP,
    state: 'running',
    description: '0/2 ready',
  } as const;
  return {
    id: 'd1',
    environment: 'test',
    version: AT,
    state: 'running',
    description: 'runs',
    affectedApps: [APP],
    steps: [{ actions: [{ ...action, batch: 1, batches: 3 }] }],
    currentStep: 1,
    totalSteps: 1,
    options: {},
    by: 'ana',
    reason: '',
    warnings: [],
    acceptedAt: AT,
    ...fields,
  };
}

const about = (fields: Partial<Deployment>, instances: Instance[] = [], waiting: Waiting[] = []) =>
  explain({ deployment: deployment(fields), instances, waiting });
const commands = (explanation: ReturnType<typeof about>) => explanation.canAct.map(({ command }) => command);

describe('what is told', () => {
  test('a running batch: what it waits for', () => {
    const told = about({});
    expect(told.description).toBe(`step 1/1: RestartApplication ${APP} batch 1/3 waits: 0/2 ready`);
    expect(told.gate).toBe('readiness');
  });

  test('a gate: the same sentence as in the Temporal UI, until when and what then', () => {
    const gate = {
      kind: 'failure',
      since: AT,
      until: '2026-01-02T00:10:00.000Z',
      who: 'anyone who may deploy: retry',
      description: 'batch 1/3 failed',
    } as const;
    const then = 'it is rolled back';
    const told = about({ state: 'held', gate: { ...gate, then } });
    expect(told).toMatchObject({
      description: sentence({ ...gate, then }),
      until: gate.until,
      gate: 'failure',
    });
    expect(told.then).toBe(then);
    expect(commands(told)).toContain('retry');
    expect(commands(told)).not.toContain('resume');
  });

  test('approvals: who may give them', () => {
    const gate = {
      kind: 'approval',
      since: AT,
      who: 'eva, ben: approve or reject',
      description: 'waits',
    } as const;
    const told = about({ state: 'waiting', gate });
    expect(told.canAct).toContainEqual({ command: 'approve', who: 'eva, ben' });
    expect(told.canAct).toContainEqual({ command: 'cancel', who: 'anyone who may deploy' });
  });

  test('an ended one: how, and what became of it', () => {
    const told = about({ state: 'failed', endedAt: AT, description: 'batch 1/3 failed', rolledBackBy: 'd2' });
    expect(told.description).toBe(`failed at ${AT}: batch 1/3 failed; rolled back by deployment d2`);
    expect(commands(told)).toEqual(['rollback']);
  });
});

describe('instances in trouble', () => {
  test('which check does not pass and what it last answered; ready ones are no trouble', () => {
    const unready = instanceOf(APP, AT, {
      ready: false,
      healthCheckResults: [{ alive: false, consecutiveFailures: 2, lastFailureCause: 'HTTP 503' }],
    });
    const told = about({}, [unready, instanceOf(APP, AT)]);
    expect(told.instances).toMatchObject([
      { id: unready.id, check: 'health check 0', lastAnswer: 'HTTP 503' },
    ]);
  });

  test('which ordinal of a stateful app it is', () => {
    const [plain, second] = [instanceOf(APP, AT), instanceOf(APP, AT, { ordinal: 1 })];
    const told = about({}, [
      { ...plain, ready: false },
      { ...second, ready: false },
    ]);
    expect(told.instances.find(({ id }) => id === second.id)).toMatchObject({ ordinal: 1 });
    expect(told.instances.find(({ id }) => id === plain.id)).not.toHaveProperty('ordinal');
  });

  test('what waits for resources, and crashes since it began but not before', () => {
    const crash = (endedAt: string) =>
      instanceOf(APP, AT, { state: 'failed', ready: false, exitStatus: 9, endedAt });
    const [before, after] = [crash('2026-01-01T00:00:00.000Z'), crash('2026-01-03T00:00:00.000Z')];
    const waiting: Waiting = {
      app: APP,
      version: AT,
      count: 2,
      since: AT,
      reason: 'resources',
      description: 'needs 2 cpus, 0.5 are free',
      missing: ['InsufficientCpus'],
    };
    const told = about({}, [before, after], [waiting]);
    expect(told.instances).toMatchObject([
      { id: after.id, state: 'failed', exitStatus: 9 },
      { id: `2 of ${APP}`, state: 'waiting', waitingFor: 'needs 2 cpus, 0.5 are free' },
    ]);
  });
});
