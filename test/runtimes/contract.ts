import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/model/app.js';
import type { Runtime } from '../../src/runtimes/runtime.js';
import { until } from '../helpers/until.js';
import { Chronicle, lineUp } from './ordinals.js';
import { appOf, counts, declare, FENCE, instancesOf, readyInstances, V1, V2 } from './support.js';

const NAMES = { [V1]: 'v1', [V2]: 'v2' };

/** A runtime under test, and how to treat it roughly. */
export interface Subject {
  runtime: Runtime;
  /** Makes a definition one that this runtime can run: it stays up until it is told to end. */
  runnable: (app: App) => App;
  /** Ends the service and starts it again; absent where the runtime keeps nothing. */
  restart?: () => Promise<Runtime>;
  /** Apps that are declared durably. */
  declared: () => Promise<string[]>;
  close: () => Promise<void>;
}

/** What every runtime promises. */
export function runtimeContract(name: string, make: () => Promise<Subject>): void {
  describe(`runtime contract: ${name}`, () => {
    let subject: Subject;
    let runtime: Runtime;
    const v1 = () => subject.runnable(appOf('/product/db'));
    const v2 = () => subject.runnable(appOf('/product/db', { env: { NEW: 'yes' } }, V2));

    const store = (version = V1) =>
      subject.runnable(appOf('/product/db', { stateful: true, env: { VERSION: version } }, version));

    beforeEach(async () => {
      subject = await make();
      runtime = subject.runtime;
    });
    afterEach(() => subject.close());

    it('runs what is declared, and changes nothing when it is declared again', async () => {
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }), FENCE);
      const first = await readyInstances(runtime, '/product/db', 2);
      expect(first[0]?.id).toMatch(/^product_db\.instance-[0-9a-f-]{36}\._app\.1$/);
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }), FENCE);
      await runtime.apply(v1(), declare([v1()], { [V1]: 3 }), FENCE);
      const second = await readyInstances(runtime, '/product/db', 3);
      expect(second.map(({ id }) => id)).toEqual(expect.arrayContaining(first.map(({ id }) => id)));
    });

    it('follows the split between versions, up and down', async () => {
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }), FENCE);
      const old = await readyInstances(runtime, '/product/db', 2);
      await runtime.apply(v2(), declare([v1(), v2()], { [V1]: 1, [V2]: 2 }), FENCE);
      const both = await readyInstances(runtime, '/product/db', 3);
      expect(counts(both)).toEqual({ [V1]: 1, [V2]: 2 });
      expect(old.map(({ id }) => id)).toContain(both.find(({ version }) => version === V1)?.id);
      await runtime.apply(v2(), declare([v2()], { [V2]: 2 }), FENCE);
      expect(counts(await readyInstances(runtime, '/product/db', 2))).toEqual({ [V2]: 2 });
    });

    it('keeps the bounds at the moment of every kill and start', async () => {
      const bounds = { minReady: 2, maxTotal: 3 };
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }, { bounds }), FENCE);
      await readyInstances(runtime, '/product/db', 2);
      const seen: { ready: number; total: number }[] = [];
      const unwatch = runtime.watch('/product/db', () => {
        void runtime.observe('/product/db').then(({ instances }) => {
          const alive = instances.filter(({ endedAt }) => endedAt === undefined);
          seen.push({ total: alive.length, ready: alive.filter(({ ready }) => ready).length });
        });
      });
      await runtime.apply(v2(), declare([v1(), v2()], { [V2]: 2 }, { bounds }), FENCE);
      await until(async () => {
        const alive = await readyInstances(runtime, '/product/db', 2);
        return counts(alive)[V2] === 2;
      });
      unwatch();
      expect(seen.length).toBeGreaterThan(2);
      expect(Math.min(...seen.map(({ ready }) => ready))).toBeGreaterThanOrEqual(2);
      expect(Math.max(...seen.map(({ total }) => total))).toBeLessThanOrEqual(3);
    });

    it('tells watchers of changes, and no more once they stopped', async () => {
      let calls = 0;
      const unwatch = runtime.watch('/product/db', () => {
        calls += 1;
      });
      await runtime.apply(v1(), declare([v1()], { [V1]: 1 }), FENCE);
      await readyInstances(runtime, '/product/db', 1);
      expect(calls).toBeGreaterThan(0);
      unwatch();
      const before = calls;
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }), FENCE);
      await readyInstances(runtime, '/product/db', 2);
      expect(calls).toBe(before);
    });

    it('replaces a killed instance by its next incarnation, a wiped one by another', async () => {
      await runtime.apply(v1(), declare([v1()], { [V1]: 1 }), FENCE);
      const [first] = await readyInstances(runtime, '/product/db', 1);
      await runtime.kill([first?.id ?? '']);
      const second = await until(async () => {
        const [one] = await instancesOf(runtime, '/product/db', 'running');
        return one?.id === first?.id ? undefined : one;
      });
      expect(second.id).toBe(first?.id.replace(/1$/, '2'));
      await runtime.kill([second.id, 'no.such-instance'], { wipe: true });
      const third = await until(async () => {
        const [one] = await instancesOf(runtime, '/product/db', 'running');
        return one?.id === second.id ? undefined : one;
      });
      expect(third.id).toMatch(/_app\.1$/);
      expect(third.id).not.toBe(first?.id);
      // A wiped one frees its place at once: it may end after the next has begun.
      const ended = await until(async () => {
        const killed = await instancesOf(runtime, '/product/db', 'killed');
        return killed.length === 2 ? killed : undefined;
      });
      expect(ended.map(({ id }) => id).sort()).toEqual([first?.id, second.id].sort());
    });

    it('refuses a declaration of a deployment that does not hold the app, and keeps the one before', async () => {
      await runtime.apply(v1(), declare([v1()], { [V1]: 1 }), FENCE);
      const stale = runtime.apply(v1(), declare([v1()], { [V1]: 5 }), { deployment: 'other' });
      await expect(stale).rejects.toMatchObject({ name: 'TerminalError', code: 'stale' });
      await readyInstances(runtime, '/product/db', 1);
      expect(await instancesOf(runtime, '/product/db')).toHaveLength(1);
    });

    it('ends all instances of a removed app, and then forgets it', async () => {
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }), FENCE);
      await readyInstances(runtime, '/product/db', 2);
      const bounds = { minReady: 2, maxTotal: 2 };
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }, { removed: true, bounds }), FENCE);
      await until(async () => (await subject.declared()).length === 0, { what: 'the app to be forgotten' });
      const states = (await instancesOf(runtime, '/product/db')).map(({ state }) => state);
      expect(states).toEqual(['killed', 'killed']);
    });

    it('kills first those that were asked for', async () => {
      await runtime.apply(v1(), declare([v1()], { [V1]: 3 }), FENCE);
      const [oldest] = await readyInstances(runtime, '/product/db', 3);
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }, { killFirst: [oldest?.id ?? ''] }), FENCE);
      const left = await readyInstances(runtime, '/product/db', 2);
      expect(left.map(({ id }) => id)).not.toContain(oldest?.id);
    });

    it('an instance whose postStart hook fails is a failed one, and was never ready', async () => {
      const hooks = { postStart: { command: 'exit 3' } };
      const app = subject.runnable(appOf('/product/db', { hooks, backoffSeconds: 60 }));
      let wasReady = false;
      const unwatch = runtime.watch('/product/db', () => {
        void runtime.observe('/product/db').then(({ instances }) => {
          wasReady ||= instances.some(({ ready }) => ready);
        });
      });
      await runtime.apply(app, declare([app], { [V1]: 1 }), FENCE);
      const failed = await until(async () => (await instancesOf(runtime, '/product/db', 'failed'))[0]);
      unwatch();
      expect(failed.message).toContain('its postStart hook failed');
      expect(wasReady).toBe(false);
      const waiting = await until(async () => (await runtime.observe('/product/db')).waiting[0]);
      expect(waiting.reason).toBe('backoff');
    });

    it('a preStop hook is within the grace period, whatever comes of it', async () => {
      const hooks = { preStop: { command: 'sleep 1000' } };
      const app = subject.runnable(appOf('/product/db', { hooks, taskKillGracePeriodSeconds: 0.3 }));
      await runtime.apply(app, declare([app], { [V1]: 1 }), FENCE);
      await readyInstances(runtime, '/product/db', 1);
      await runtime.apply(app, declare([app], { [V1]: 0 }), FENCE);
      const killed = await until(async () => (await instancesOf(runtime, '/product/db', 'killed'))[0]);
      expect(killed.message).toContain('its preStop hook');
    });

    it('starts a stateful app one by one in order, and scales it down from the highest', async () => {
      const chronicle = new Chronicle(runtime, '/product/db');
      await runtime.apply(store(), declare([store()], { [V1]: 3 }, { minReadySeconds: 0.2 }), FENCE);
      const three = await readyInstances(runtime, '/product/db', 3);
      expect(chronicle.started).toBe('0 1 2');
      await runtime.apply(store(), declare([store()], { [V1]: 1 }, { minReadySeconds: 0.2 }), FENCE);
      const [left] = await readyInstances(runtime, '/product/db', 1);
      expect(left?.id).toBe(three.find(({ ordinal }) => ordinal === 0)?.id);
      expect(chronicle.ended).toBe('2 1');
      expect(chronicle.violations).toEqual([]);
      chronicle.close();
    });

    it('keeps ordinal and identity when an instance of a stateful app is replaced, also in another version', async () => {
      await runtime.apply(store(), declare([store()], { [V1]: 3 }), FENCE);
      const before = await readyInstances(runtime, '/product/db', 3);
      const chronicle = new Chronicle(runtime, '/product/db');
      const both = [store(), store(V2)];
      await runtime.apply(store(V2), declare(both, { [V1]: 2, [V2]: 1 }, { minReadySeconds: 0.1 }), FENCE);
      const upgraded = await until(async () => {
        const now = await readyInstances(runtime, '/product/db', 3);
        return counts(now)[V2] === 1 ? now : undefined;
      });
      expect(lineUp(upgraded, NAMES)).toBe('0: v1 1, 1: v1 1, 2: v2 2');
      // An old one that ends comes back as an old one.
      await runtime.kill([upgraded.find(({ ordinal }) => ordinal === 0)?.id ?? '']);
      const replaced = await until(async () => {
        const now = await readyInstances(runtime, '/product/db', 3);
        return now.some(({ id }) => id === upgraded.find(({ ordinal }) => ordinal === 0)?.id)
          ? undefined
          : now;
      });
      expect(lineUp(replaced, NAMES)).toBe('0: v1 2, 1: v1 1, 2: v2 2');
      await runtime.apply(store(V2), declare(both, { [V2]: 3 }, { minReadySeconds: 0.1 }), FENCE);
      const all = await until(async () => {
        const now = await readyInstances(runtime, '/product/db', 3);
        return counts(now)[V2] === 3 ? now : undefined;
      });
      expect(lineUp(all, NAMES)).toBe('0: v2 3, 1: v2 2, 2: v2 2');
      const identity = ({ id, ordinal }: (typeof all)[number]) => `${ordinal} ${id.replace(/\.\d+$/, '')}`;
      expect(all.map(identity).sort()).toEqual(before.map(identity).sort());
      expect(chronicle.ended).toBe('2 0 1 0');
      expect(chronicle.violations).toEqual([]);
      chronicle.close();
    });

    it('goes back to a version in the places that left it, and touches no other', async () => {
      const both = [store(), store(V2)];
      await runtime.apply(store(), declare([store()], { [V1]: 3 }), FENCE);
      await readyInstances(runtime, '/product/db', 3);
      await runtime.apply(store(V2), declare(both, { [V1]: 2, [V2]: 1 }), FENCE);
      await until(async () => counts(await readyInstances(runtime, '/product/db', 3))[V2] === 1);
      await runtime.apply(store(), declare(both, { [V1]: 3 }), FENCE);
      await until(async () => counts(await readyInstances(runtime, '/product/db', 3))[V1] === 3);
      expect(lineUp(await readyInstances(runtime, '/product/db', 3), NAMES)).toBe(
        '0: v1 1, 1: v1 1, 2: v1 3',
      );
    });

    it('ends a removed stateful app in reverse', async () => {
      await runtime.apply(store(), declare([store()], { [V1]: 3 }), FENCE);
      await readyInstances(runtime, '/product/db', 3);
      const chronicle = new Chronicle(runtime, '/product/db');
      await runtime.apply(store(), declare([store()], {}, { removed: true }), FENCE);
      await until(async () => (await subject.declared()).length === 0, { what: 'the app to be forgotten' });
      expect(chronicle.ended).toBe('2 1 0');
      expect(chronicle.violations).toEqual([]);
      chronicle.close();
    });

    it('goes on with the same instances after the service was away', async () => {
      if (subject.restart === undefined) return;
      await runtime.apply(v1(), declare([v1()], { [V1]: 2 }), FENCE);
      const before = await readyInstances(runtime, '/product/db', 2);
      runtime = await subject.restart();
      const after = await readyInstances(runtime, '/product/db', 2);
      const identity = ({ id, pid, startedAt }: (typeof after)[number]) => ({ id, pid, startedAt });
      expect(after.map(identity).sort(byId)).toEqual(before.map(identity).sort(byId));
    });

    it('keeps ordinals while the service is away', async () => {
      if (subject.restart === undefined) return;
      await runtime.apply(store(), declare([store()], { [V1]: 2 }), FENCE);
      const before = lineUp(await readyInstances(runtime, '/product/db', 2), NAMES);
      runtime = await subject.restart();
      expect(lineUp(await readyInstances(runtime, '/product/db', 2), NAMES)).toBe(before);
      await runtime.apply(store(), declare([store()], { [V1]: 3 }), FENCE);
      expect(lineUp(await readyInstances(runtime, '/product/db', 3), NAMES)).toBe(`${before}, 2: v1 1`);
    });
  });
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id.localeCompare(b.id);
}
