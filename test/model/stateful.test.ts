import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import { type App, runVersion } from '../../src/model/app.js';
import { applyChange } from '../../src/model/apply-change.js';
import type { AppUpdate, Change } from '../../src/model/change.js';
import { app, rootOf, T1 } from './fixtures.js';

const store = app('/store', { instances: 3, stateful: true });
const apply = (change: Change) => applyChange(rootOf([store]), change, { now: T1 });
const put = (fields: Partial<AppUpdate>, partial = true): App => {
  const apps = [{ id: '/store', ...fields }];
  const found = apply({ kind: 'updateApps', apps, partial, create: true }).apps.get('/store');
  if (!found) throw new Error('/store is gone');
  return found;
};
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof TerminalError) return error.extra.details;
    throw error;
  }
  throw new Error('was not refused');
};
const volumes = (...paths: string[]) => ({
  type: 'MESOS' as const,
  volumes: paths.map((containerPath) => ({ containerPath, mode: 'RW' as const, persistent: { size: 1 } })),
});

describe('a stateful app', () => {
  it('becomes stateless only by new instances', () => {
    expect(runVersion(put({ stateful: false }))).toBe(T1);
    expect(put({ stateful: false })).not.toHaveProperty('stateful');
    expect(put({ stateful: true })).toBe(store);
  });

  it('stays stateful where a change does not say it, and takes the default where all of it is replaced', () => {
    expect(put({ cmd: 'x' })).toMatchObject({ stateful: true });
    expect(put({ cmd: 'x' }, false)).not.toHaveProperty('stateful');
  });

  it('cannot be released beside itself', () => {
    const release = { strategy: { type: 'blueGreen' } } as const;
    expect(refusal(() => put({ release }))).toEqual([
      { path: '/release/strategy', errors: [expect.stringContaining('take the place of each other')] },
    ]);
    expect(put({ release, stateful: false }).release).toEqual(release);
  });

  it.each<[string[], RegExp]>([
    [['..'], /inside of the sandbox/],
    [['data/../../x'], /inside of the sandbox/],
    [['./'], /inside of the sandbox/],
    [['data', 'data/log'], /lie in the volume data$/],
    [['data/log', './data//log'], /lie in the volume data\/log$/],
  ])('refuses volumes at %j', (paths, error) => {
    expect(JSON.stringify(refusal(() => put({ container: volumes(...paths) })))).toMatch(
      new RegExp(error.source.replace('$', '"')),
    );
  });

  it.each([[['data']], [['data/log', 'data/wal']], [['/var/lib/db']], [['database', 'data']]])(
    'takes volumes at %j',
    (paths) => {
      expect(put({ container: volumes(...paths) }).container?.volumes).toHaveLength(paths.length);
    },
  );

  it('ends from the highest ordinal, never chosen instances', () => {
    const change: Change = { kind: 'scaleKill', kills: { '/store': ['store.instance-x._app.1'] } };
    expect(JSON.stringify(refusal(() => apply(change)))).toContain('/store is stateful');
  });
});
