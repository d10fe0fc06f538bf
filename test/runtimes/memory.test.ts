import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import { homeId } from '../../src/runtimes/process/environment.js';
import { beyondLimits } from '../../src/runtimes/process/memory.js';
import { until } from '../helpers/until.js';
import { appOf, Host, instancesOf, processesOf, readyInstances, V1 } from './support.js';

/** Keeps so many bytes in the memory of a process below the shell. */
const greedy = (bytes: number) => `(head -c ${bytes} /dev/zero; exec sleep 1000) | tail -c ${bytes}`;
const LIMIT = 30;
const limited = (cmd: string) =>
  appOf('/app', { cmd, resourceLimits: { mem: LIMIT }, backoffSeconds: 60, maxLaunchDelaySeconds: 120 });

describe('a limit of memory', () => {
  let host: Host;
  beforeEach(async () => {
    host = await Host.open();
  });
  afterEach(() => host.close());

  const failed = (): Promise<Instance> =>
    until(async () => (await instancesOf(host.runtime, '/app', 'failed'))[0], { what: 'a failed instance' });

  it('ends an instance that takes more as failed, with a reason, and its replacement waits', async () => {
    await host.apply(limited(greedy(60e6)));
    const instance = await failed();
    expect(instance.message).toMatch(/^used \d\d MiB of memory, its limit is 30 MiB$/);
    const { waiting, lastFailure } = await host.runtime.observe('/app');
    expect(waiting).toMatchObject([{ reason: 'backoff', count: 1, version: V1 }]);
    expect(lastFailure).toMatchObject({ instance: instance.id, state: 'failed', message: instance.message });
    await until(async () => (await processesOf(host.home)).length === 0, { what: 'no process to be left' });
  });

  it('holds for an instance that was taken over, and its failure is known after a restart', async () => {
    await host.apply(limited(`until test -e go; do sleep 0.05; done; ${greedy(60e6)}`));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await host.stop();
    await host.start();
    if (instance) await writeFile(path.join(host.dir(instance), 'sandbox', 'go'), '');
    const { message } = await failed();
    await host.stop();
    await host.start();
    expect((await failed()).message).toBe(message);
    const { reason } = await until(async () => (await host.runtime.observe('/app')).waiting[0]);
    expect(reason).toBe('backoff');
  });

  it('counts once what processes of an instance share', async () => {
    // Five shells that were forked with the same text in memory.
    const text = 'text=$(head -c 8000000 /dev/zero | tr "\\0" x)';
    const forks = 'for n in 1 2 3 4 5; do (sleep 1000; true) & done; echo begun; wait';
    await host.apply(appOf('/app', { cmd: `${text}; ${forks}` }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    if (instance === undefined) throw new Error('no instance');
    await until(async () => (await host.file(instance, 'stdout')).includes('begun'));
    await until(async () => (await residentOf(host.home)) > 60, { what: 'resident memory above 60 MiB' });
    const used = async (limit: number) => beyondLimits(homeId(host.home), new Map([[instance.id, limit]]));
    expect(await used(50)).toEqual(new Map());
    expect((await used(5)).get(instance.id)).toBeGreaterThan(7);
  });

  it('is none where it is unlimited', async () => {
    await host.apply(appOf('/app', { resourceLimits: { cpus: 0.01, mem: 'unlimited' } }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    expect(instance?.state).toBe('running');
  });
});

/** MiB, shared pages counted for each process. */
async function residentOf(home: string): Promise<number> {
  const texts = await Promise.all(
    (await processesOf(home)).map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
  );
  const amounts = texts.map((text) => Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0));
  return amounts.reduce((sum, kib) => sum + kib / 1024, 0);
}
