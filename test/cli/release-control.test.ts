import { beforeEach, describe, expect, it, onTestFinished, test } from 'vitest';
import { type Served, serve, sharedStore } from '../api/harness.js';
import { begin, deploymentIn, instanceOf, running, succeed, tell } from '../api/steps.js';
import { FakeService, type Surroundings, slipway } from './harness.js';

const store = sharedStore();
const NOW = '2026-01-01T12:00:00.000Z';
const APP = '{"id": "/web", "cmd": "sleep 1000", "instances": 2}';
let served: Served;

beforeEach(async () => {
  served = await serve(store());
});

const slip = (argv: string[], around: Surroundings = {}) =>
  slipway(['--api', served.url, ...argv], { now: NOW, ...around });
const get = async (path: string) => (await served.call('GET', path)).body;
const start = async (app: object): Promise<string> =>
  deploymentIn(await served.call('POST', '/api/deployments', { change: { app } }));

describe('a release over several environments', () => {
  const first = () => served.environment;
  const WAVES = (second: string) => [
    ...['--wave', first(), '--wave', `${second}:10m`],
    ...['--wave', `${second}-2:approve=2/eva,olga`, '--wave', `${second}-3:manual`],
  ];

  it('has a wave for each, with what stands before it, and shows them in its plan and its status', async () => {
    const second = `second-${first()}`;
    served = await serve(store(), { others: [second, `${second}-2`, `${second}-3`] });
    const ran = await slip(['--json', 'apply', '-f', '-', ...WAVES(second)], { stdin: APP });
    expect(ran).toMatchObject({ exit: 0, err: '' });
    const { id, waves } = JSON.parse(ran.out);
    expect(waves).toEqual([
      { environment: first(), state: 'pending' },
      { environment: second, gate: { soakSeconds: 600 }, state: 'pending' },
      {
        environment: `${second}-2`,
        gate: { approval: { required: 2, from: ['eva', 'olga'] } },
        state: 'pending',
      },
      { environment: `${second}-3`, gate: 'manual', state: 'pending' },
    ]);
    expect((await slip(['status', id])).out).toMatch(new RegExp(`${second}-3 +pending`));
    const plan = await slip(['plan', '-f', '-', ...WAVES(second)], { stdin: APP });
    expect(plan.out).toContain(`In ${second}-3`);
  });

  it.each([
    ['test:soon', 'the gate of --wave is "soon"; it must be seconds'],
    [':10m', 'it must begin with an environment'],
  ])('refuses %s', async (wave, says) => {
    const ran = await slip(['apply', '-f', '-', '--wave', wave], { stdin: APP });
    expect(ran).toMatchObject({ exit: 2, err: expect.stringContaining(says) });
  });
});

describe('a release of the command line', () => {
  beforeEach(async () => {
    await slip([
      'windows',
      'put',
      'nights',
      '--rrule',
      'FREQ=DAILY',
      '--duration',
      '2h',
      '--time-zone',
      'UTC',
    ]);
    await running(served, { id: '/web', instances: 2 });
  });

  it.each([
    [['apply', '-f', '-'], APP.replace('1000', '2000')],
    [['scale', 'web=3'], ''],
    [['restart', 'web'], ''],
    [['delete', 'web'], ''],
    [['rollout', 'restart', 'web'], ''],
  ])('%j takes when it begins, its window and who has to agree', async (argv, stdin) => {
    const flags = ['--start-at', '+2h', '--window', 'nights', '--approve-from', 'eva, ben'];
    const more = ['--approvals', '2', '--approval-expires', '90m', '--revision-history-limit', '3'];
    const ran = await slip(['--json', ...argv, ...flags, ...more], { stdin });
    expect(ran).toMatchObject({ exit: 0, err: '' });
    expect(JSON.parse(ran.out).options).toEqual({
      startAt: '2026-01-01T14:00:00.000Z',
      window: 'nights',
      approval: { required: 2, from: ['eva', 'ben'], expiresSeconds: 5400 },
      revisionHistoryLimit: 3,
    });
  });

  it('undo takes them, too, and goes to a version as well as to a revision', async () => {
    const [first] = (await get('/api/apps/web/history')).items;
    await succeed(served, await start({ id: '/web', cmd: 'sleep 2000' }));
    const ran = await slip([
      '--json',
      'rollout',
      'undo',
      'web',
      '--to-version',
      first.version,
      '--hold',
      '5m',
    ]);
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.out).options).toEqual({ holdSeconds: 300 });
    expect((await get('/v2/apps/web')).app.cmd).toBe('sleep 1000');
    const both = await slip(['rollout', 'undo', 'web', '--to-version', first.version, '--to-revision', '1']);
    expect(both.exit).toBe(2);
  });

  it('one approval is enough where it is not said how many', async () => {
    const ran = await slip(['--json', 'restart', 'web', '--approve-from', 'eva']);
    expect(JSON.parse(ran.out).options.approval).toEqual({ required: 1, from: ['eva'] });
  });

  it.each([
    [['--approvals', '2'], /needs --approve-from/],
    [['--start-at', 'tomorrow'], /--start-at is "tomorrow".*\+2h/],
    [['--hold', 'long'], /--hold is "long".*10m/],
  ])('%j is a wrong command line, and nothing is started', async (flags, message) => {
    const ran = await slip(['restart', 'web', ...flags]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toMatch(message);
    expect((await get('/api/deployments?active=true')).items).toEqual([]);
  });

  it('a window that is not there is refused by the service: exit 1', async () => {
    const ran = await slip(['restart', 'web', '--window', 'mornings']);
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain('/window');
  });
});

describe('edit', () => {
  it('sends what is to change, and where the deployment has to be, once', async () => {
    const id = await start({ id: '/web', cmd: 'sleep 1000' });
    await begin(served, id);
    const ran = await slip([
      ...['edit', 'web', '--batches', '3', '--pause-mode', 'each', '--deadline', '20m', '--start-at', '+1h'],
      ...['--expect-step', '1', '--expect-batch', '2', '--reason', 'slower'],
    ]);
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(
      /^edited \w{8} \(\/web\): strategy, pauseMode, progressDeadlineSeconds, startAt\./,
    );
    expect(served.ports.commands).toEqual([
      {
        id,
        command: 'edit',
        body: {
          by: 'anna',
          channel: 'cli',
          reason: 'slower',
          requestId: expect.any(String),
          expect: { step: 1, batch: 2 },
          options: {
            strategy: { type: 'batches', batches: 3 },
            pauseMode: 'each',
            progressDeadlineSeconds: 1200,
            startAt: '2026-01-01T13:00:00.000Z',
          },
        },
      },
    ]);
    expect(JSON.parse((await slip(['--json', 'edit', id, '--manual', '--max-surge', '1'])).out).id).toBe(id);
  });

  it('with nothing to change is a wrong command line; of no deployment it fails', async () => {
    expect((await slip(['edit', 'web'])).exit).toBe(2);
    expect((await slip(['edit', 'web', '--reason', 'x'])).exit).toBe(2);
    expect((await slip(['edit', 'web', '--pause-mode', 'each'])).exit).toBe(1);
  });
});

describe('the calendar', () => {
  it('freezes are put, listed, shown and removed, with who and why in the ledger', async () => {
    const put = ['freezes', 'put', 'sale', '--from', '2026-01-01T11:00:00Z', '--until', '+2d'];
    const added = await slip([...put, '--apps', 'shop,/web', '--reason', 'the sale']);
    const text =
      'NAME  STATE  FROM                      UNTIL                     APPS        REASON\n' +
      'sale  on     2026-01-01T11:00:00.000Z  2026-01-03T12:00:00.000Z  /shop /web  the sale\n';
    expect(added).toEqual({ exit: 0, out: text, err: '' });
    expect((await slip(['freezes'])).out).toBe(text);
    expect((await slip(['freezes', 'list'], { now: '2026-01-04T00:00:00.000Z' })).out).toContain(
      'sale  over',
    );
    expect(JSON.parse((await slip(['freezes', 'show', 'sale'])).out)).toMatchObject({
      apps: ['/shop', '/web'],
    });
    expect(JSON.parse((await slip(['--json', 'freezes'])).out)).toHaveLength(1);
    expect(await slip(['freezes', 'delete', 'sale', '--reason', 'sold out'])).toMatchObject({
      exit: 0,
      out: 'freeze sale removed\n',
    });
    expect((await slip(['freezes'])).out).toBe('There is no freeze.\n');
    expect((await get('/api/ledger')).items).toMatchObject([
      { by: 'anna', channel: 'cli', command: 'freeze', reason: 'sold out' },
      { by: 'anna', channel: 'cli', command: 'freeze', reason: 'the sale' },
    ]);
  });

  it('a freeze begins now where it is not said, and holds everything where no apps are', async () => {
    const put = ['--json', 'freezes', 'put', 'now', '--until', '+1h', '--reason', 'an incident'];
    expect(JSON.parse((await slip(put)).out)).toEqual({
      name: 'now',
      from: NOW,
      until: '2026-01-01T13:00:00.000Z',
      reason: 'an incident',
    });
    expect((await slip(['freezes'])).out).toMatch(/now +on .* all +an incident/);
  });

  it('windows are put, replaced, listed and removed', async () => {
    const put = (duration: string) =>
      slip([
        ...['windows', 'put', 'tuesdays', '--rrule', 'FREQ=WEEKLY;BYDAY=TU;BYHOUR=9'],
        ...['--duration', duration, '--time-zone', 'Europe/Berlin', '--reason', 'we are awake'],
      ]);
    expect((await put('1h30m')).exit).toBe(0);
    expect((await put('2h')).out).toBe(
      'NAME      RRULE                          DURATION  TIME ZONE      APPS\n' +
        'tuesdays  FREQ=WEEKLY;BYDAY=TU;BYHOUR=9  2h        Europe/Berlin  those that name it\n',
    );
    expect(JSON.parse((await slip(['windows', 'show', 'tuesdays'])).out)).toMatchObject({
      durationSeconds: 7200,
    });
    expect((await slip(['windows', 'delete', 'tuesdays'])).out).toBe('window tuesdays removed\n');
    expect((await slip(['windows', 'delete', 'tuesdays'])).exit).toBe(1);
    expect((await get('/api/ledger')).items[1]).toMatchObject({ command: 'window', reason: 'we are awake' });
  });

  it.each([
    [['freezes', 'put', 'x', '--until', '+1h'], 2, /--reason/],
    [['freezes', 'put', 'x', '--until', 'later', '--reason', 'y'], 2, /--until is "later"/],
    [['windows', 'put', 'x', '--rrule', 'FREQ=DAILY', '--duration', '1h'], 2, /--time-zone/],
    [['windows', 'put', 'x', '--rrule', 'on tuesdays', '--duration', '1h', '--time-zone', 'UTC'], 1, /rrule/],
    [['windows', 'show', 'x'], 1, /no window 'x'/],
  ])('%j ends with %d', async (argv, exit, message) => {
    const ran = await slip(argv);
    expect([ran.exit, ran.out]).toEqual([exit, '']);
    expect(ran.err).toMatch(message);
  });
});

describe('the ledger', () => {
  test('by deployment, app, person and time, and so many of the newest', async () => {
    const web = await start({ id: '/web', cmd: 'sleep 1000' });
    await slip(['--by', 'olga', 'delete', 'web', '--force', '--reason', 'gone']);
    await slip(['--by', 'olga', 'freezes', 'put', 'f', '--until', '+1h', '--reason', 'x']);
    const entries = async (...argv: string[]): Promise<string[]> => {
      const ran = await slip(['--json', ...argv]);
      expect(ran).toMatchObject({ exit: 0, err: '' });
      return JSON.parse(ran.out).map(({ command }: { command: string }) => command);
    };
    expect(await entries('ledger')).toEqual(['freeze', 'supersede', 'delete', 'superseded', 'update']);
    expect(await entries('ledger', web)).toEqual(['supersede', 'superseded', 'update']);
    expect(await entries('ledger', '--deployment', web)).toEqual(['supersede', 'superseded', 'update']);
    expect(await entries('ledger', '--app', 'web')).toEqual(['supersede', 'delete', 'superseded', 'update']);
    expect(await entries('ledger', '--app', 'other')).toEqual([]);
    expect(await entries('--by', 'olga', 'ledger', '--app', '/web')).toEqual(['supersede', 'delete']);
    expect(await entries('ledger', '--limit', '1')).toEqual(['freeze']);
    expect(await entries('ledger', '--since', '2h')).toHaveLength(5);
    expect(await entries('ledger', '--since', '2999-01-01T00:00:00Z')).toEqual([]);
    expect((await slip(['ledger', web])).out).toMatch(/^AT .*\n.*supersede .* olga .* gone/);
    expect((await slip(['ledger', web, '--deployment', web])).exit).toBe(2);
  });
});

describe('lists', () => {
  test('environments have what is taken of what there is', async () => {
    expect((await slip(['environments'])).out).toMatch(
      /^NAME .*\n\S+ +process +yes +0\/1000 +0\/1000000 +0\/1000000 +0\/10000\n$/,
    );
    expect(JSON.parse((await slip(['--json', 'environments'])).out)[0].name).toBe(served.environment);
  });

  test('instances of a deployment are old or new; one alone is described', async () => {
    const v1 = await running(served, { id: '/web' });
    const id = await start({ id: '/web', cmd: 'sleep 2000' });
    const { version } = await get('/v2/apps/web').then(({ app }) => app);
    const old = instanceOf('/web', v1);
    const fresh = instanceOf('/web', version, {
      ready: false,
      message: 'its check has not passed yet',
      healthCheckResults: [{ alive: false, consecutiveFailures: 3, lastFailureCause: 'connection refused' }],
    });
    await tell(served, [old, fresh, instanceOf('/other', v1)]);
    const rows = (await slip(['ps', '--deployment', id])).out.trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3)).sort()).toEqual(
      [
        [fresh.id, 'new', '/web'],
        [old.id, 'old', '/web'],
      ].sort(),
    );
    expect((await slip(['ps', '/other', '--deployment', id])).out).toBe('No instance of /other runs.\n');
    const described = await slip(['describe', fresh.id]);
    expect(described.out).toMatch(/message: +its check has not passed yet\n/);
    expect(described.out).toMatch(/health check 1: +failed 3 times: connection refused\n/);
    expect(JSON.parse((await slip(['--json', 'describe', old.id])).out)).toMatchObject({ id: old.id });
    expect((await slip(['describe', 'nobody'])).exit).toBe(1);
  });

  test('deployments by state and time', async () => {
    const id = await start({ id: '/web', cmd: 'sleep 1000' });
    await succeed(served, id);
    const ids = async (...argv: string[]) =>
      JSON.parse((await slip(['--json', 'deployments', ...argv])).out).map((d: { id: string }) => d.id);
    expect(await ids()).toEqual([]);
    expect(await ids('--state', 'succeeded', '--app', 'web')).toEqual([id]);
    expect(await ids('--all', '--since', '2999-01-01T00:00:00Z')).toEqual([]);
    expect((await slip(['deployments', '--state', 'happy'])).exit).toBe(2);
  });

  test('info says what is up, and ends with 3 where something is away', async () => {
    expect((await slip(['info'])).out).toContain('temporal     up at 127.0.0.1:7233');
    served.ports.health = { database: true, temporal: false };
    const ran = await slip(['info', '--json']);
    expect([ran.exit, JSON.parse(ran.out).temporal]).toEqual([3, false]);
  });
});

describe('events', () => {
  /** Follows until so many lines are there. */
  async function followed(argv: string[], lines: number): Promise<string[]> {
    const enough = new AbortController();
    const seen: string[] = [];
    const onOut = (text: string) => {
      seen.push(text.trim());
      if (seen.length === lines) enough.abort();
    };
    expect((await slip(argv, { signal: enough.signal, onOut })).exit).toBe(0);
    return seen;
  }

  test('are followed after the one that is named, as lines or as NDJSON', async () => {
    const id = await start({ id: '/web', cmd: 'sleep 1000' });
    await succeed(served, id);
    const records = (await followed(['--json', 'events', '--after', '0'], 2)).map((line) => JSON.parse(line));
    expect(records.map(({ eventType }) => eventType)).toContain('deployment_success');
    const { id: last } = records.find(({ eventType }) => eventType === 'group_change_success');
    const [line] = await followed(['events', '--after', String(last)], 1);
    expect(line).toMatch(/^\d{4}-.*Z deployment_success id=/);
  });

  test('go on after the last one where the stream breaks, so that none is missed', async () => {
    const fake = new FakeService();
    onTestFinished(() => fake.stop());
    await fake.start();
    const event = (id: number) =>
      `id: ${id}\ndata: {"eventType":"ping","timestamp":"${NOW}","plan":{},"nr":${id}}\n\n`;
    const answers = [{ cut: event(7) }, { text: event(8) }];
    fake.on('GET /api/events', () => answers.shift() ?? { text: '' });
    expect(await followed(['--api', fake.url, 'events'], 2)).toEqual([
      `${NOW} ping nr=7`,
      `${NOW} ping nr=8`,
    ]);
    expect(fake.seen.slice(0, 2).map(({ query }) => query.lastEventId)).toEqual([undefined, '7']);
  });
});
