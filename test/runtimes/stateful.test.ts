import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/model/app.js';
import type { Instance } from '../../src/model/instance.js';
import { startTimeOf } from '../../src/os/process-table.js';
import { until } from '../helpers/until.js';
import { lineUp } from './ordinals.js';
import {
  appOf,
  declare,
  FENCE,
  Host,
  HTTP_CHECK,
  instancesOf,
  PORT,
  readyInstances,
  SERVER,
  V1,
  V2,
} from './support.js';

const ID = '/product/db';
const NAMES = { [V1]: 'v1', [V2]: 'v2' };
const DATA: NonNullable<App['container']> = {
  type: 'MESOS',
  volumes: [{ containerPath: 'data/log', mode: 'RW', persistent: { size: 10 } }],
};
/** Notes each start in its volume. */
const NOTING = 'echo "$SLIPWAY_INSTANCE_NAME $MARATHON_APP_VERSION" >> data/log/starts; exec sleep 1000';

function store(changes: Partial<App> = {}, version = V1): App {
  return appOf(ID, { stateful: true, cmd: NOTING, container: DATA, ...changes }, version);
}

describe('a stateful app of processes', () => {
  let host: Host;
  beforeEach(async () => {
    host = await Host.open();
  });
  afterEach(() => host.close());

  const of = (instances: Instance[], ordinal: number) => {
    const found = instances.find((one) => one.ordinal === ordinal);
    if (found === undefined) throw new Error(`no ordinal ${ordinal}`);
    return found;
  };
  const starts = (instance: Instance) =>
    readFile(path.join(host.dir(instance), 'sandbox/data/log/starts'), 'utf8').catch(() => '');
  const linesOf = async (ordinal: number, count: number) =>
    until(
      async () => {
        const running = await instancesOf(host.runtime, ID, 'running');
        const [one] = running.filter((each) => each.ordinal === ordinal);
        const lines = one === undefined ? [] : (await starts(one)).split('\n').filter((line) => line !== '');
        return lines.length === count ? lines : undefined;
      },
      { what: `${count} starts of ordinal ${ordinal}` },
    );
  const ready = (count: number) => readyInstances(host.runtime, ID, count);

  it('tells its instances who they are, whatever the app states', async () => {
    await host.apply(
      store({
        cmd: 'env > env.txt; exec sleep 1000',
        env: { SLIPWAY_ORDINAL: '7' },
        container: { type: 'MESOS', volumes: [] },
        instances: 2,
      }),
    );
    const last = of(await ready(2), 1);
    const env = await until(() => host.file(last, 'sandbox/env.txt').catch(() => ''));
    expect(env).toContain('SLIPWAY_ORDINAL=1\n');
    expect(env).toContain('SLIPWAY_INSTANCE_NAME=product_db-1\n');
  });

  it('keeps the data of an ordinal over an end, another version and a restart of the service', async () => {
    await host.apply(store({ instances: 2 }));
    await linesOf(1, 1);
    process.kill(-(of(await ready(2), 1).pid ?? 0), 'SIGKILL');
    await linesOf(1, 2);
    const [old, next] = [store({ instances: 2 }), store({ instances: 2, env: { NEW: 'yes' } }, V2)];
    await host.runtime.apply(next, declare([old, next], { [V2]: 2 }), FENCE);
    await linesOf(1, 3);
    await host.stop();
    await host.start();
    await host.runtime.kill([of(await ready(2), 1).id]);
    expect(await linesOf(1, 4)).toEqual([
      `product_db-1 ${V1}`,
      `product_db-1 ${V1}`,
      `product_db-1 ${V2}`,
      `product_db-1 ${V2}`,
    ]);
    expect(await linesOf(0, 2)).toEqual([`product_db-0 ${V1}`, `product_db-0 ${V2}`]);
  });

  it('keeps identity and data while scaled down, and forgets them when wiped or with the app', async () => {
    await host.apply(store({ instances: 2 }));
    const first = of(await ready(2), 1);
    await linesOf(1, 1);
    await host.apply(store({ instances: 1 }));
    await ready(1);
    await host.apply(store({ instances: 2 }));
    await linesOf(1, 2);
    const second = of(await ready(2), 1);
    expect(second.id).toBe(first.id.replace(/1$/, '2'));

    await host.runtime.kill([second.id], { wipe: true });
    const third = await until(async () => {
      const one = (await instancesOf(host.runtime, ID, 'running')).find(({ ordinal }) => ordinal === 1);
      return one?.id === second.id ? undefined : one;
    });
    expect(third.id).toMatch(/_app\.1$/);
    await linesOf(1, 1);
    await linesOf(0, 1);

    await ready(2);
    await host.runtime.apply(store(), declare([], {}, { removed: true }), FENCE);
    await until(() => host.targets.kept.size === 0, { what: 'the app to be forgotten' });
    expect(await readdir(path.join(host.home, 'ordinals'))).toEqual([]);
  });

  it('all that died come back at once, each under its ordinal', async () => {
    const app = store({ instances: 3, backoffSeconds: 0 });
    await host.apply(app);
    const before = await ready(3);
    for (const { pid } of before) process.kill(-(pid ?? 0), 'SIGKILL');
    const after = await until(async () => {
      const now = await ready(3);
      return now.some(({ pid }) => before.some((one) => one.pid === pid)) ? undefined : now;
    });
    expect(lineUp(after, NAMES)).toBe('0: v1 2, 1: v1 2, 2: v1 2');
  });

  it('a first one that does not get ready keeps the others from being started, which says why', async () => {
    const app = store({
      instances: 3,
      cmd: `exec node ${SERVER} --port $PORT0 --unhealthy`,
      portDefinitions: [PORT],
      healthChecks: [HTTP_CHECK],
    });
    await host.apply(app);
    const waiting = await until(async () => (await host.runtime.observe(ID)).waiting[0]);
    expect(waiting).toMatchObject({
      reason: 'order',
      count: 2,
      version: V1,
      description: 'waits its turn: ordinal 0 is not ready',
    });
    expect(await instancesOf(host.runtime, ID)).toHaveLength(1);
    // Another version takes the broken one's place first, although it is the lowest.
    const mended = store({ instances: 3 }, V2);
    await host.runtime.apply(mended, declare([app, mended], { [V2]: 3 }), FENCE);
    expect(lineUp(await ready(3), NAMES)).toBe('0: v2 2, 1: v2 1, 2: v2 1');
  });

  it('goes on where it was when the service is away in the middle of an upgrade', async () => {
    const slow = 'trap "sleep 0.5; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    const old = store({ instances: 3, cmd: slow });
    const next = store({ instances: 3, cmd: slow, env: { NEW: 'yes' } }, V2);
    const bounds = { minReady: 2, maxTotal: 3 };
    await host.runtime.apply(old, declare([old], { [V1]: 3 }, { bounds }), FENCE);
    const before = await ready(3);
    await Promise.all(
      before.map((one) => until(async () => (await host.file(one, 'stdout')).includes('up'))),
    );
    await host.runtime.apply(next, declare([old, next], { [V1]: 2, [V2]: 1 }, { bounds }), FENCE);
    await until(async () => (await instancesOf(host.runtime, ID, 'killing'))[0]);
    await host.stop();
    // Another one ends while nobody looks: it comes back in the version that it had.
    const gone = of(before, 0).pid ?? 0;
    process.kill(-gone, 'SIGKILL');
    await until(() => startTimeOf(gone) === undefined);
    await host.start();
    const after = await until(async () => {
      const now = await ready(3);
      return now.some(({ version }) => version === V2) ? now : undefined;
    });
    expect(lineUp(after, NAMES)).toBe('0: v1 2, 1: v1 1, 2: v2 2');
    expect(of(after, 1).pid).toBe(of(before, 1).pid);
  });

  it('begins anew with the data that is there where an ordinal cannot be read', async () => {
    await host.apply(store({ instances: 1 }));
    await linesOf(0, 1);
    await host.stop();
    await writeFile(path.join(host.home, 'ordinals/product_db/0/ordinal.json'), '{"half');
    await host.start();
    await host.runtime.kill([of(await ready(1), 0).id]);
    expect(await linesOf(0, 2)).toHaveLength(2);
    expect(lineUp(await ready(1), NAMES)).toBe('0: v1 2');
  });

  it('becomes stateful one by one, and stateless again', async () => {
    const plain = appOf(ID, { instances: 2 });
    await host.apply(plain);
    await ready(2);
    const numbered = store({ instances: 2 }, V2);
    const bounds = { minReady: 1, maxTotal: 2 };
    await host.runtime.apply(numbered, declare([plain, numbered], { [V1]: 1, [V2]: 1 }, { bounds }), FENCE);
    await until(async () => (await ready(2)).some(({ ordinal }) => ordinal === 0));
    await host.runtime.apply(numbered, declare([plain, numbered], { [V2]: 2 }, { bounds }), FENCE);
    await until(async () => lineUp(await ready(2), NAMES) === '0: v2 1, 1: v2 1');
    await host.runtime.apply(plain, declare([plain, numbered], { [V1]: 2 }, { bounds }), FENCE);
    await until(async () => (await ready(2)).every(({ ordinal }) => ordinal === undefined));
  });
});

describe('a volume of a stateful app', () => {
  it('is not put in the place of what an artifact has brought', async () => {
    const host = await Host.open({
      artifacts: {
        resolve: async () => [],
        place: async (_artifacts, sandbox) =>
          void (await mkdir(path.join(sandbox, 'data/log'), { recursive: true })),
      },
    });
    const fetch = [{ uri: 'http://h/x.tgz', extract: true, executable: false, cache: false }];
    await host.apply(store({ fetch, backoffSeconds: 60 }));
    const failed = await until(async () => (await instancesOf(host.runtime, ID, 'failed'))[0]);
    expect(failed.message).toBe("The volume 'data/log' has no place: an artifact has put something there.");
    await host.close();
  });

  it('outside of the sandbox needs an image, which is said', async () => {
    const host = await Host.open();
    const volumes = [{ containerPath: '/var/lib/db', mode: 'RW' as const, persistent: { size: 1 } }];
    await host.apply(store({ container: { type: 'MESOS', volumes } }));
    const waiting = await until(async () => (await host.runtime.observe(ID)).waiting[0]);
    expect(waiting.description).toBe(
      'needs the volume /var/lib/db outside of its sandbox; this environment has relative ones',
    );
    await host.close();
  });

  it.runIf(process.getuid?.() === 0)('belongs to the user of the app', async () => {
    const host = await Host.open();
    await chmod(host.home, 0o755);
    await host.apply(store({ user: 'nobody' }));
    const [instance] = await readyInstances(host.runtime, ID, 1);
    if (instance === undefined) throw new Error('no instance');
    const file = path.join(host.home, 'ordinals/product_db/0/volumes/data%2Flog/starts');
    const noted = async () => (await readFile(file, 'utf8').catch(() => '')).includes('product_db-0');
    await until(noted, { what: 'the program to write into its volume' });
    await host.close();
  });
});
