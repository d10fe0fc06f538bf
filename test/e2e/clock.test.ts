import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/model/deployment.js';
import { processesOf } from '../helpers/os-truth.js';
import { ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const HOUR_MS = 3_600_000;
const SHIFTED = new URL('programs/shifted-clock.mjs', import.meta.url).href;
const SLOW = { timeoutMs: 30_000 };

let service: ServiceProcess;
let files: { clock: string; go: string; checks: string };

beforeEach(async () => {
  service = await ServiceProcess.create({ NODE_OPTIONS: `--import=${SHIFTED}` });
  files = {
    clock: `${service.home}/clock`,
    go: `${service.home}/go`,
    checks: `${service.home}/checks`,
  };
  service.env.CLOCK_FILE = files.clock;
  await setClock(0);
  await service.start();
});
afterEach(() => service.dispose());

const setClock = (ms: number) => writeFile(files.clock, String(ms));

function app(id: string, version: number, command: string, fields: object = {}) {
  const check = { protocol: 'COMMAND', command: { value: command }, intervalSeconds: 1, timeoutSeconds: 5 };
  return {
    id,
    cmd: `sleep 100${version}`,
    instances: 2,
    cpus: 0.05,
    mem: 16,
    // Where the clock alone decided, an hour would be far beyond all of these.
    healthChecks: [{ ...check, gracePeriodSeconds: 600, maxConsecutiveFailures: 1 }],
    ...fields,
  };
}

/** So many times the check of an instance has run. */
async function checksRun(): Promise<number> {
  return (await readFile(files.checks, 'utf8').catch(() => '')).length;
}

/** Long enough for every instance to be looked at again and again. */
async function moreChecks(count: number): Promise<void> {
  const before = await checksRun();
  await until(async () => (await checksRun()) >= before + count, { ...SLOW, what: 'more checks' });
}

async function decisions(deployment: string): Promise<string[]> {
  const { body } = await service.call<{ items: LedgerEntry[] }>(
    'GET',
    `/api/ledger?deployment=${deployment}`,
  );
  return body.items.map(({ command }) => command);
}

test('a clock that is set forward by an hour ends no deadline and no grace, and no instance', async () => {
  await service.ended(await service.change('POST', '/v2/apps', app('/calm', 1, 'true')));
  await service.ended(await service.change('POST', '/v2/apps', app('/new', 1, 'true')));
  const calm = await processesOf('/calm', service.home);
  const waiting = app('/new', 2, `printf x >> ${files.checks}; test -e ${files.go}`);
  const upgrade = await service.change('POST', '/api/deployments', {
    change: { app: waiting },
    progressDeadlineSeconds: 600,
  });
  await until(async () => (await checksRun()) > 2, { ...SLOW, what: 'the first checks' });
  const during = await processesOf('/new', service.home);

  await setClock(HOUR_MS);
  await moreChecks(8);
  expect(await processesOf('/calm', service.home)).toEqual(calm);
  expect(await processesOf('/new', service.home)).toEqual(during);
  expect(await decisions(upgrade)).not.toContain('hold');

  await writeFile(files.go, '');
  expect(await service.ended(upgrade)).toMatchObject({ outcome: 'succeeded' });
  expect(await decisions(upgrade)).not.toContain('hold');
  expect(await processesOf('/calm', service.home)).toEqual(calm);
});

test('a clock that is set back by an hour holds nothing up, and versions go on in order', async () => {
  const checked = app('/calm', 1, `printf x >> ${files.checks}`);
  await service.ended(await service.change('POST', '/v2/apps', checked));
  const [first = 0, second] = await processesOf('/calm', service.home);
  const versions = async () =>
    (await service.call<{ versions: string[] }>('GET', '/v2/apps//calm/versions')).body.versions;
  const [before = ''] = await versions();

  await setClock(-HOUR_MS);
  await moreChecks(4);
  // One that fails waits for its back-off, which is a second.
  process.kill(-first, 'SIGKILL');
  const replaced = async () => {
    const now = await processesOf('/calm', service.home);
    return now.length === 2 && !now.includes(first);
  };
  await until(replaced, { ...SLOW, what: 'the replacement' });
  expect(await processesOf('/calm', service.home)).toContain(second);

  const broken = await service.change('POST', '/api/deployments', {
    change: { app: app('/calm', 2, 'false') },
    progressDeadlineSeconds: 2,
  });
  expect((await versions())[0]?.localeCompare(before)).toBe(1);
  await until(async () => (await decisions(broken)).includes('hold'), { ...SLOW, what: 'the hold' });
  await service.ended(await service.change('POST', `/api/deployments/${broken}/rollback`, { by: 'ana' }));
  const all = await versions();
  expect(all).toEqual(all.toSorted().reverse());
});
