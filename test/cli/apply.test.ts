import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, FakeService, slipway } from './harness.js';

const ID = '97c136bf-5a28-4821-9d94-480d9fbb01c8';
const OTHER = '11c136bf-5a28-4821-9d94-480d9fbb01c8';
let service: FakeService;
let folder: string;

beforeEach(async () => {
  service = new FakeService();
  await service.start();
  folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'));
});
afterEach(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

const api = () => ['--api', service.url];
const accepted = () => ({ status: 201, body: deployment({ id: ID, state: 'accepted' }) });

describe('apply', () => {
  it('hands the text over as it is, with who, channel, token and key', async () => {
    service.on('POST /api/deployments', accepted);
    const ran = await slipway([...api(), 'apply', '-f', '-', '--pause-mode', 'first', '--reason', 'new'], {
      stdin: 'kind: Deployment\n',
      env: { SLIPWAY_TOKEN: 'secret' },
    });
    expect(ran).toEqual({ exit: 0, out: `deployment ${ID} accepted: /product/db\n`, err: '' });
    const [sent] = service.seen;
    expect(sent?.body).toEqual({
      change: { manifest: 'kind: Deployment\n' },
      pauseMode: 'first',
      by: 'anna',
      reason: 'new',
    });
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'x-slipway-channel': 'cli',
      'x-slipway-by': 'anna',
      'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('posts each file of a folder in order of names, and nothing else in it', async () => {
    for (const name of ['b.yaml', 'a.json', 'notes.txt']) await writeFile(join(folder, name), name);
    service.on('POST /api/deployments', accepted);
    const ran = await slipway([...api(), 'apply', '-f', folder, '--json']);
    expect(service.seen.map(({ body }) => body)).toMatchObject([
      { change: { manifest: 'a.json' } },
      { change: { manifest: 'b.yaml' } },
    ]);
    expect(JSON.parse(ran.out)).toHaveLength(2);
  });

  it('repeats a POST with the same key after a broken connection and after 503', async () => {
    const answers = [
      { broken: true as const },
      { status: 503, body: { message: 'database is away' } },
      accepted(),
    ];
    service.on('POST /api/deployments', () => answers.shift() ?? { status: 500, body: {} });
    const ran = await slipway([...api(), 'apply', '-f', '-'], { stdin: '{}' });
    expect(ran.exit).toBe(0);
    const keys = service.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('gives up on 503 after five attempts, with the sentence of the service', async () => {
    service.on('POST /api/deployments', () => ({ status: 503, body: { message: 'The database is away.' } }));
    const ran = await slipway([...api(), 'apply', '-f', '-'], { stdin: '{}' });
    expect(ran).toEqual({ exit: 1, out: '', err: 'The database is away.\n' });
    expect(service.seen).toHaveLength(5);
  });

  it('shows a refusal with one line per path, and does not try again', async () => {
    service.on('POST /api/deployments', () => ({
      status: 422,
      body: {
        message: 'Object is not valid',
        code: 'invalid',
        details: [{ path: '/apps(0)/cpus', errors: ['must be 0 or more', 'is -1'] }],
      },
    }));
    const ran = await slipway([...api(), 'apply', '-f', '-'], { stdin: '{}' });
    expect(ran).toEqual({
      exit: 1,
      out: '',
      err: 'Object is not valid\n  /apps(0)/cpus: must be 0 or more\n  /apps(0)/cpus: is -1\n',
    });
    expect(service.seen).toHaveLength(1);
  });

  it('says who holds the lock, in both forms of an error', async () => {
    service.on('POST /api/deployments', () => ({
      status: 409,
      body: { message: 'App is locked.', code: 'locked', deployments: [OTHER] },
    }));
    const ran = await slipway([...api(), 'apply', '-f', '-', '--json'], { stdin: '{}' });
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.err)).toMatchObject({ code: 'locked', deployments: [OTHER] });
    const plain = await slipway([...api(), 'apply', '-f', '-'], { stdin: '{}' });
    expect(plain.err).toBe(`App is locked.\n  held by: ${OTHER}\n`);
  });

  it('sends --force as superseding', async () => {
    service.on('POST /api/deployments', accepted);
    await slipway([...api(), 'apply', '-f', '-', '--force'], { stdin: '{}' });
    expect(service.seen[0]?.body).toMatchObject({ lock: 'supersede' });
  });

  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['cancelled', 1],
    ['superseded', 1],
  ] as const)('with --wait ends with the deployment: %s gives %i', async (state, exit) => {
    service.on('POST /api/deployments', accepted);
    const looks = [
      deployment({ id: ID }),
      deployment({ id: ID }),
      deployment({ id: ID, state, description: 'That was it.', steps: [] }),
    ];
    service.on(`GET /api/deployments/${ID}`, () => ({ body: looks.length > 1 ? looks.shift() : looks[0] }));
    const ran = await slipway([...api(), 'apply', '-f', '-', '--wait'], { stdin: '{}' });
    expect(ran.exit).toBe(exit);
    expect(ran.out.split('\n')).toEqual([
      `deployment ${ID} accepted: /product/db`,
      '97c136bf running, step 1 of 1: RestartApplication /product/db batch 2 of 3, old 4, new 5/10 (6 running) ready',
      `97c136bf ${state}: That was it.`,
      '',
    ]);
  });

  it('does not go on with the next file after one that failed', async () => {
    await writeFile(join(folder, 'a.json'), '1');
    await writeFile(join(folder, 'b.json'), '2');
    service.on('POST /api/deployments', accepted);
    service.on(`GET /api/deployments/${ID}`, () => ({ body: deployment({ id: ID, state: 'failed' }) }));
    const ran = await slipway([...api(), '--json', 'apply', '-f', folder, '--wait']);
    expect(ran.exit).toBe(1);
    expect(service.of('POST /api/deployments')).toHaveLength(1);
    expect(JSON.parse(ran.out)).toMatchObject({ id: ID, state: 'failed' });
  });

  it.each([
    [['apply'], /required option/],
    [['apply', '-f', '/nowhere/at/all.json'], /Cannot read \/nowhere\/at\/all\.json/],
    [['apply', '-f', '-', '--pause-mode', 'sometimes'], /--pause-mode is "sometimes"/],
    [['apply', '-f', '-', '--strategy', 'magic'], /does not know "magic"/],
    [['apply', '-f', '-', '--deadline', 'soon'], /--deadline is "soon"/],
    [['aply'], /unknown command 'aply'/],
    [['scale', 'web'], /web=5/],
  ])('%j is a wrong command line: exit 2, nothing sent', async (argv, message) => {
    const ran = await slipway([...api(), ...argv]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toMatch(message);
    expect(service.seen).toEqual([]);
  });
});

describe('plan', () => {
  const preview = (fits: boolean) => ({
    steps: [
      {
        actions: [
          {
            action: 'RestartApplication',
            app: '/product/db',
            instances: 10,
            batches: [6, 4],
            restarts: true,
            reason: 'env changed',
          },
        ],
      },
    ],
    peakInstances: 12,
    fewestHealthy: 6,
    apps: { '/product/db': { peakInstances: 12, fewestHealthy: 6 } },
    resources: { cpus: 0.6000000001, mem: 384, disk: 0 },
    fits,
    doesNotFit: fits ? [] : [{ app: '/product/db', resource: 'cpus', wanted: 0.6, free: 0.5 }],
    warnings: ['only one instance'],
    notCarriedOver: [{ path: '/spec/volumes', why: 'not on processes' }],
  });

  it('shows steps, batches, peak, fewest healthy and warnings', async () => {
    service.on('POST /api/plan', () => ({ body: preview(true) }));
    const ran = await slipway([...api(), 'plan', '-f', '-'], { stdin: '{}' });
    expect(ran.exit).toBe(0);
    expect(ran.out).toBe(
      [
        'Step 1',
        '  RestartApplication /product/db  10 instances in batches of 6, 4  env changed',
        '',
        'APP          PEAK INSTANCES  FEWEST HEALTHY',
        '/product/db  12              6',
        '',
        'At its peak: 12 instances, 0.6 cpus, 384 MiB memory, 0 MiB disk',
        'warning: only one instance',
        'not carried over: /spec/volumes: not on processes',
        '',
      ].join('\n'),
    );
  });

  it('ends with 1 where it would not fit; apply --dry-run is the same', async () => {
    service.on('POST /api/plan', () => ({ body: preview(false) }));
    for (const argv of [['plan'], ['apply', '--dry-run']]) {
      const ran = await slipway([...api(), ...argv, '-f', '-'], { stdin: '{}' });
      expect(ran.exit).toBe(1);
      expect(ran.out).toContain('does not fit: /product/db wants 0.6 cpus, 0.5 are free');
    }
    expect(service.of('POST /api/deployments')).toEqual([]);
  });
});

describe('changes without a file', () => {
  it.each([
    [['scale', 'web=5'], { scale: { id: '/web', instances: 5 } }],
    [['scale', '/product=x1.5'], { scale: { id: '/product', factor: 1.5 } }],
    [['restart', '/web'], { restart: { id: '/web' } }],
    [['delete', 'product'], { delete: { id: '/product' } }],
  ])('%j', async (argv, change) => {
    service.on('POST /api/deployments', accepted);
    expect((await slipway([...api(), ...argv])).exit).toBe(0);
    expect(service.seen[0]?.body).toMatchObject({ change });
  });
});
