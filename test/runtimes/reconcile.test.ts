import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../src/runtimes/runtime.js';
import { type Member, type ReconcileContext, reconcile } from '../../src/runtimes/supervisor/reconcile.js';
import { V1, V2 } from './support.js';

const V3 = '2026-01-03T00:00:00.000Z';
const context: ReconcileContext = { now: 1000, delays: new Map(), selection: 'YOUNGEST_FIRST' };

function member(id: string, changes: Partial<Member> = {}): Member {
  return { id, version: V1, killing: false, keepsPlace: false, ready: true, stagedAt: 0, ...changes };
}

function declaration(split: Record<string, number>, changes: Partial<Declaration> = {}): Declaration {
  const bounds = { minReady: 0, maxTotal: 100 };
  return { definitions: {}, split, bounds, minReadySeconds: 0, ...changes };
}

const version = fc.constantFrom(V1, V2, V3);
const members = fc
  .array(
    fc.record({
      version,
      state: fc.constantFrom('ready', 'unready', 'leaving', 'replacing'),
      stagedAt: fc.nat(100),
    }),
    { maxLength: 15 },
  )
  .map((list) =>
    list.map(({ version, state, stagedAt }, index) =>
      member(`i${index}`, {
        version,
        stagedAt,
        ready: state === 'ready',
        killing: state === 'leaving' || state === 'replacing',
        keepsPlace: state === 'replacing',
      }),
    ),
  );
const declarations = fc
  .record({
    split: fc.dictionary(version, fc.nat(8)),
    minReady: fc.nat(10),
    maxTotal: fc.nat(15),
    removed: fc.boolean(),
    killFirst: fc.array(
      fc.nat(15).map((index) => `i${index}`),
      { maxLength: 4 },
    ),
  })
  .map(({ split, minReady, maxTotal, removed, killFirst }) =>
    declaration(split, { bounds: { minReady, maxTotal }, killFirst, ...(removed && { removed }) }),
  );
const selections = fc.constantFrom<ReconcileContext['selection']>('YOUNGEST_FIRST', 'OLDEST_FIRST');

describe('reconcile', () => {
  it('never takes ready instances below the minimum, nor the total beyond the maximum', () => {
    fc.assert(
      fc.property(declarations, members, selections, (declared, list, selection) => {
        const { kill, start } = reconcile(declared, list, { ...context, selection });
        const readyBefore = list.filter(({ ready }) => ready).length;
        const readyAfter = list.filter(({ id, ready }) => ready && !kill.includes(id)).length;
        const started = start.reduce((sum, { count }) => sum + count, 0);
        if (declared.removed !== true) {
          expect(readyAfter).toBeGreaterThanOrEqual(Math.min(readyBefore, declared.bounds.minReady));
        }
        if (started > 0) expect(list.length + started).toBeLessThanOrEqual(declared.bounds.maxTotal);
        expect(new Set(kill).size).toBe(kill.length);
        for (const id of kill) expect(list.find((one) => one.id === id)?.killing).toBe(false);
      }),
    );
  });

  it('never overshoots: kills only what is beyond the split, starts only what is missing', () => {
    fc.assert(
      fc.property(declarations, members, selections, (declared, list, selection) => {
        const { kill, start } = reconcile(declared, list, { ...context, selection });
        for (const name of [V1, V2, V3]) {
          const wanted = declared.removed === true ? 0 : (declared.split[name] ?? 0);
          const active = list.filter((one) => one.version === name && !one.killing);
          const killed = active.filter(({ id }) => kill.includes(id)).length;
          const started = start.find((one) => one.version === name)?.count ?? 0;
          if (killed > 0) expect(active.length - killed).toBeGreaterThanOrEqual(wanted);
          if (started > 0) expect(active.length + started).toBeLessThanOrEqual(wanted);
          expect(killed === 0 || started === 0).toBe(true);
        }
      }),
    );
  });

  it('reaches the split where instances get ready and killed ones end, whatever it began with', () => {
    const fair = fc.tuple(fc.dictionary(version, fc.nat(5)), members, selections, fc.nat(3));
    fc.assert(
      fc.property(fair, ([split, list, selection, spare]) => {
        const total = Object.values(split).reduce((sum, count) => sum + count, 0);
        const bounds = { minReady: total, maxTotal: total + 1 + spare };
        const declared = declaration(split, { bounds });
        let now = list;
        for (let round = 0; round < 60; round += 1) now = settle(now, declared, selection, round);
        for (const name of [V1, V2, V3]) {
          expect(now.filter((one) => one.version === name).length).toBe(split[name] ?? 0);
        }
      }),
    );
  });

  it('kills unready ones first, then by age', () => {
    const list = [
      member('old', { stagedAt: 1 }),
      member('new', { stagedAt: 3 }),
      member('unready', { stagedAt: 2, ready: false }),
    ];
    const killed = (count: number, selection: ReconcileContext['selection']) =>
      reconcile(declaration({ [V1]: count }), list, { ...context, selection }).kill;
    expect(killed(2, 'OLDEST_FIRST')).toEqual(['unready']);
    expect(killed(1, 'OLDEST_FIRST')).toEqual(['unready', 'old']);
    expect(killed(1, 'YOUNGEST_FIRST')).toEqual(['unready', 'new']);
  });

  it('kills those asked for before all others, and waits with them rather than taking another', () => {
    const list = [member('a'), member('b', { ready: false }), member('c')];
    const declared = declaration({ [V1]: 2 }, { killFirst: ['c'] });
    expect(reconcile(declared, list, context).kill).toEqual(['c']);
    const bounded = { ...declared, bounds: { minReady: 2, maxTotal: 3 } };
    expect(reconcile(bounded, list, context).kill).toEqual([]);
  });

  it('holds back a version that failed until its delay is over, and starts others', () => {
    const delays = new Map([[V2, 1500]]);
    const declared = declaration({ [V1]: 1, [V2]: 2 });
    const early = reconcile(declared, [], { ...context, delays });
    expect(early).toEqual({
      kill: [],
      start: [{ version: V1, count: 1 }],
      delayed: [{ version: V2, count: 2, until: 1500 }],
    });
    expect(reconcile(declared, [], { ...context, now: 1500, delays }).delayed).toEqual([]);
  });

  it('starts a replacement only when the killed one has ended, where it takes its place', () => {
    const declared = declaration({ [V1]: 1 });
    const replacing = member('a', { killing: true, keepsPlace: true, ready: false });
    expect(reconcile(declared, [replacing], context).start).toEqual([]);
    expect(reconcile(declared, [{ ...replacing, keepsPlace: false }], context).start).toHaveLength(1);
  });

  it('lets nothing run that nobody declares', () => {
    expect(reconcile(undefined, [member('a'), member('b', { killing: true })], context).kill).toEqual(['a']);
  });
});

/** One round of the world: kills end, some of the instances get ready. */
function settle(
  list: Member[],
  declared: Declaration,
  selection: ReconcileContext['selection'],
  round: number,
): Member[] {
  const { kill, start } = reconcile(declared, list, { ...context, selection });
  const left = list.filter(({ id, killing }) => !killing && !kill.includes(id));
  const started = start.flatMap(({ version, count }) =>
    Array.from({ length: count }, (_, index) =>
      member(`r${round}-${version}-${index}`, { version, ready: false, stagedAt: 200 + round }),
    ),
  );
  return [...left.map((one) => ({ ...one, ready: true })), ...started];
}
