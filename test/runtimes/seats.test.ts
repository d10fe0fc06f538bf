import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../src/runtimes/runtime.js';
import type { Known, Member } from '../../src/runtimes/supervisor/member.js';
import { reconcile } from '../../src/runtimes/supervisor/reconcile.js';
import { appOf, declare, V1, V2 } from './support.js';

const [OLD, NEW] = [appOf('/store', { stateful: true }), appOf('/store', { stateful: true }, V2)];

function member(ordinal: number, changes: Partial<Member> = {}): Member {
  const state = { version: V1, killing: false, keepsPlace: false, ready: true, stagedAt: 0 };
  return { id: `i${ordinal}`, ordinal, ...state, ...changes };
}

/** What is done where these belong to their ordinals; the newest version is V2. */
function decide(
  split: Record<string, number>,
  members: Member[],
  {
    known = members.map(({ ordinal = 0, version }): [number, Known] => [ordinal, { version }]),
    bounds = { minReady: 2, maxTotal: 3 },
    ...changes
  }: { known?: [number, Known][]; delays?: [string, number][] } & Partial<Declaration> = {},
) {
  const { start, kill, queued, turned, delayed } = reconcile(
    declare([OLD, NEW], split, { bounds, ...changes }),
    members,
    {
      now: 0,
      delays: new Map(changes.delays),
      selection: 'YOUNGEST_FIRST',
      newest: V2,
      ordinals: new Map(known),
    },
  );
  return { start: start.map(({ ordinal, version }) => [ordinal, version]), kill, queued, turned, delayed };
}

const three = () => [member(0), member(1), member(2)];

describe('an upgrade of a stateful app', () => {
  it('takes the highest while all are ready', () => {
    expect(decide({ [V1]: 2, [V2]: 1 }, three())).toMatchObject({
      kill: ['i2'],
      turned: { ordinal: 2, version: V2 },
      start: [],
    });
  });

  it('takes nothing away while one is away', () => {
    const [zero, one, two] = three();
    if (!zero || !one || !two) throw new Error('three are there');
    const split = { [V1]: 1, [V2]: 2 };
    const fresh = { ...two, version: V2, ready: false };
    const known: [number, Known][] = [
      [0, { version: V1 }],
      [1, { version: V1 }],
      [2, { version: V2, turned: true }],
    ];
    expect(decide(split, [zero, one, fresh], { known })).toMatchObject({ kill: [], turned: undefined });
    expect(decide(split, [zero, one, { ...fresh, killing: true }], { known }).kill).toEqual([]);
    expect(decide(split, [zero, one, { ...fresh, ready: true }], { known }).kill).toEqual(['i1']);
  });

  it('takes one that is not ready before all others, since that takes nothing away', () => {
    const broken = [member(0), member(1, { ready: false }), member(2)];
    expect(decide({ [V1]: 2, [V2]: 1 }, broken)).toMatchObject({ kill: ['i1'], turned: { ordinal: 1 } });
    expect(
      decide({ [V1]: 2, [V2]: 1 }, [member(0), member(2)], { known: [[1, { version: V1 }]] }),
    ).toMatchObject({
      kill: [],
      turned: { ordinal: 1 },
      start: [[1, V2]],
    });
  });

  it('decides nothing from readiness that is not known again after a restart of the service', () => {
    const awaited = three().map((one) => ({ ...one, ready: false, awaited: true }));
    expect(decide({ [V1]: 2, [V2]: 1 }, awaited)).toMatchObject({ kill: [], turned: undefined });
  });

  it('gives an old one that died its version again, and a place that was never filled the new one', () => {
    const known: [number, Known][] = [
      [0, { version: V1 }],
      [1, { version: V1 }],
    ];
    const split = { [V1]: 2, [V2]: 1 };
    expect(decide(split, [member(1)], { known })).toMatchObject({
      start: [[0, V1]],
      queued: [{ version: V2, count: 1, reason: 'order', behind: 0 }],
    });
    expect(decide(split, [member(0), member(1)], { known }).start).toEqual([[2, V2]]);
  });
});

describe('the places of a stateful app', () => {
  it('are filled from the lowest, each when those below are ready', () => {
    const known: [number, Known][] = [];
    expect(decide({ [V2]: 3 }, [], { known })).toMatchObject({
      start: [[0, V2]],
      queued: [{ version: V2, count: 2, reason: 'order', behind: 0 }],
    });
    const begun = member(0, { version: V2, ready: false });
    expect(decide({ [V2]: 3 }, [begun]).start).toEqual([]);
    expect(decide({ [V2]: 3 }, [{ ...begun, ready: true }]).start).toEqual([[1, V2]]);
  });

  it('are left from the highest, each when the one above has ended', () => {
    expect(decide({ [V1]: 1 }, three(), { bounds: { minReady: 0, maxTotal: 3 } }).kill).toEqual(['i2']);
    const ending = [member(0), member(1), member(2, { killing: true, ready: false })];
    expect(decide({ [V1]: 1 }, ending, { bounds: { minReady: 0, maxTotal: 3 } }).kill).toEqual([]);
    expect(decide({}, three().slice(0, 2), { removed: true }).kill).toEqual(['i1']);
  });

  it('are not left where too few would be ready', () => {
    expect(decide({ [V1]: 1 }, three(), { bounds: { minReady: 3, maxTotal: 3 } }).kill).toEqual([]);
  });

  it('wait for the back-off of their version, and not for that of another', () => {
    const known: [number, Known][] = [
      [0, { version: V1 }],
      [1, { version: V2 }],
    ];
    expect(decide({ [V1]: 1, [V2]: 1 }, [], { known, delays: [[V1, 9]] })).toMatchObject({
      start: [[1, V2]],
      delayed: [{ version: V1, count: 1, until: 9 }],
    });
  });
});
