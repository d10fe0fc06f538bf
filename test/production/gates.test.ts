import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Deployment, Gate, GateKind } from '../../src/model/deployment.js';
import { connectTemporal, type TemporalConnections } from '../../src/temporal/connection.js';
import { call, ended, Installation, type Part } from '../helpers/installation.js';
import { processesOf } from '../helpers/os-truth.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { until } from '../helpers/until.js';

const TIMEOUT_MS = 300_000;
const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };
const IN_TWO = { strategy: { type: 'batches', batches: 2 } } as const;
const HOUR_SECONDS = 3_600;
const HOLD_SECONDS = 40;

/** A program that stays up, or one that ends at once. */
const app = (id: string, version: number, cmd = 'exec sleep 1000') => ({
  id,
  cmd,
  env: { VERSION: String(version) },
  instances: 2,
  cpus: 0.01,
  mem: 8,
  portDefinitions: [],
});

/** A release that is held at a gate, and what opens that. */
interface Case {
  kind: GateKind;
  options: object;
  cmd?: string;
  /** What has to happen before it is at its gate. */
  first?: (api: Part, id: string) => Promise<unknown>;
  open: (api: Part, id: string) => Promise<unknown>;
  outcome?: Deployment['outcome'];
}

const command = (api: Part, id: string, name: string, body: object = {}) =>
  call(api, 'POST', `/api/deployments/${id}/${name}`, { by: 'ana', reason: 'as said', ...body });
const taken = (api: Part, id: string, name: string, body: object = {}) =>
  until(async () => (await command(api, id, name, body)).status === 200, { what: name, ...PATIENCE });
const edit = (api: Part, id: string, options: object) =>
  call(api, 'PATCH', `/api/deployments/${id}`, { by: 'ana', ...options });
const soon = () => new Date(Date.now() + 1_000).toISOString();
const later = () => new Date(Date.now() + HOUR_SECONDS * 1_000).toISOString();

const CASES: Record<string, Case> = {
  'a pause by a person': {
    kind: 'pause',
    options: { ...IN_TWO, minReadySeconds: 3 },
    first: (api, id) => taken(api, id, 'pause'),
    open: (api, id) => command(api, id, 'resume'),
  },
  'a pause mode': {
    kind: 'pause',
    options: { ...IN_TWO, pauseMode: 'first' },
    open: (api, id) => command(api, id, 'resume'),
  },
  'a cycle by hand': {
    kind: 'pause',
    options: { strategy: { type: 'rolling', maxSurge: 1, maxUnavailable: 0, manual: true } },
    open: (api, id) => command(api, id, 'advance'),
  },
  'a canary step': {
    kind: 'pause',
    options: { strategy: { type: 'canary', steps: [{ instances: 1, pauseSeconds: HOUR_SECONDS }] } },
    open: (api, id) => command(api, id, 'advance'),
  },
  'approvals, one of two given': {
    kind: 'approval',
    options: { approval: { required: 2, from: ['eva', 'ben'], expiresSeconds: HOUR_SECONDS } },
    first: (api, id) => taken(api, id, 'approve', { by: 'eva' }),
    open: (api, id) => command(api, id, 'approve', { by: 'ben' }),
  },
  'a freeze': { kind: 'window', options: {}, open: (api) => call(api, 'DELETE', '/api/freezes/sale') },
  'a start time': {
    kind: 'startTime',
    options: { startAt: later() },
    open: (api, id) => edit(api, id, { startAt: soon() }),
  },
  'a hold': {
    kind: 'failure',
    cmd: 'exit 3',
    options: { onFailure: 'rollback', holdSeconds: HOUR_SECONDS },
    open: (api, id) => edit(api, id, { holdSeconds: 1 }),
    outcome: 'failed',
  },
  'a hold that ends by itself': {
    kind: 'failure',
    cmd: 'exit 3',
    options: { onFailure: 'fail', holdSeconds: HOLD_SECONDS },
    open: async () => undefined,
    outcome: 'failed',
  },
};
const NAMES = Object.keys(CASES);
const idOf = (name: string) => `/gates/${name.replaceAll(/[ ,]+/g, '-')}`;

describe.skipIf(NO_POSTGRES)(`a worker that is killed while deployments are held${NO_POSTGRES}`, () => {
  let installation: Installation;
  let temporal: TemporalConnections;
  let api: Part;
  let workers: [Part, Part];
  const held = new Map<string, string>();

  beforeAll(async () => {
    installation = await Installation.create(inject('temporalAddress'));
    const { namespace } = installation;
    const [one, first] = await Promise.all([
      installation.started('api'),
      installation.started('worker'),
      installation.started('agent'),
    ]);
    [api, workers] = [one, [first, await installation.part('worker')]];
    temporal = await connectTemporal({ address: inject('temporalAddress'), namespace });
  });
  afterAll(async () => {
    await temporal?.close();
    await installation?.dispose();
  });

  async function deploy(change: object, options: object = {}): Promise<string> {
    const { status, body } = await call<Deployment>(api, 'POST', '/api/deployments', { change, ...options });
    expect([status, body]).toEqual([201, expect.anything()]);
    return body.id;
  }

  const shown = async (id: string) => (await call<Deployment>(api, 'GET', `/api/deployments/${id}`)).body;

  /** The gate as the workflow itself knows it: a worker has to carry the history out for that. */
  async function gateOf(name: string): Promise<Gate | undefined> {
    const step = temporal.client.workflow.getHandle(held.get(name) ?? '').query('currentStep');
    return ((await step) as { gate?: Gate }).gate;
  }

  async function gates(names: string[]): Promise<Record<string, Gate | undefined>> {
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await gateOf(name)])));
  }

  async function begin(name: string): Promise<void> {
    const { kind, options, cmd, first } = CASES[name] as Case;
    const id = await deploy({ app: app(idOf(name), 2, cmd) }, { ...options, by: 'olga' });
    held.set(name, id);
    await first?.(api, id);
    await until(async () => (await shown(id)).gate?.kind === kind, { what: `${name}: ${kind}`, ...PATIENCE });
  }

  /** Its worker is gone without a word; another one takes its place, which has to carry all histories out again. */
  async function replaceWorker(): Promise<void> {
    const [gone, next] = workers;
    expect(await gone.end('SIGKILL')).toBeNull();
    await next.start();
    workers = [next, gone];
  }

  test('each gate is there afterwards as it was, opens as it should, and all end right', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await ended(api, await deploy({ apps: NAMES.map((name) => app(idOf(name), 1)) }));
    const freeze = { from: '2026-01-01T00:00:00Z', until: later(), apps: [idOf('a freeze')], reason: 'sale' };
    expect((await call(api, 'PUT', '/api/freezes/sale', freeze)).status).toBe(201);
    await Promise.all(NAMES.map(begin));
    const behind = idOf('a pause mode');
    const queued = await deploy({ app: app(behind, 3) }, { lock: 'queue' });

    const staying = NAMES.filter((name) => name !== 'a hold that ends by itself');
    const before = await gates(staying);
    const { gate: lock } = await shown(queued);
    const endsAt = (await gateOf('a hold that ends by itself'))?.until ?? '';
    expect([before['a hold']?.until, endsAt]).toEqual([expect.any(String), expect.stringContaining('T')]);
    expect(before['approvals, one of two given']?.description).toContain('waits for 1 of 2');

    await replaceWorker();
    expect(await gates(staying)).toEqual(before);
    expect(await shown(queued)).toMatchObject({ state: 'queued', gate: lock });

    // The second worker carries half of them on, from its cache; a third one the other half, again from nothing.
    const [half, rest] = [
      staying.filter((_, index) => index % 2 === 0),
      staying.filter((_, index) => index % 2),
    ];
    await finish(half);
    await replaceWorker();
    expect(await gates(rest)).toEqual(Object.fromEntries(rest.map((name) => [name, before[name]])));
    await finish(rest);

    expect(await ended(api, queued)).toMatchObject({ outcome: 'succeeded' });
    const byItself = await ended(api, held.get('a hold that ends by itself') ?? '');
    expect(byItself).toMatchObject({ outcome: 'failed' });
    expect((byItself.endedAt ?? '') >= endsAt).toBe(true);
  });

  async function finish(names: string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const { open, outcome = 'succeeded' } = CASES[name] as Case;
        const id = held.get(name) ?? '';
        await open(api, id);
        const over = await ended(api, id);
        expect([name, over.outcome]).toEqual([name, outcome]);
        if (over.rolledBackBy)
          expect(await ended(api, over.rolledBackBy)).toMatchObject({ outcome: 'succeeded' });
        expect(await processesOf(idOf(name), installation.home)).toHaveLength(2);
      }),
    );
  }
});
