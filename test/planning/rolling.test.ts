import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../src/model/app.js';
import { planBatches } from '../../src/planning/batches.js';
import { nextSplit } from '../../src/planning/rolling.js';
import type { Batches, BatchGoal, Decision, Seen } from '../../src/planning/types.js';
import { copies, OLD, TARGET, World } from './world.js';

const [OLDEST, OLDER] = OLD;

function batchesOf(instances: number, strategy: Strategy, from = instances): Batches {
  return planBatches({ instances, from, strategy });
}

function marathon(minimumHealthCapacity: number, maximumOverCapacity?: number): Strategy {
  const rest = maximumOverCapacity === undefined ? {} : { maximumOverCapacity };
  return { type: 'marathon', minimumHealthCapacity, ...rest };
}

function rolling(maxSurge: number, maxUnavailable: number, order?: 'CreateFirst' | 'DeleteFirst'): Strategy {
  return { type: 'rolling', maxSurge, maxUnavailable, ...(order ? { order } : {}) };
}

/** One decision; what is there is what was declared, unless told otherwise. */
function next(batches: Batches, seen: Seen[], goal?: BatchGoal, declared?: Record<string, number>): Decision {
  const counted: Record<string, number> = {};
  for (const { version, ending } of seen) if (!ending) counted[version] = (counted[version] ?? 0) + 1;
  const last = { new: batches.instances, old: 0 };
  return nextSplit({ batches, goal: goal ?? last, target: TARGET, seen, declared: declared ?? counted });
}

function split(fresh: number, oldest?: number, older?: number): Decision {
  const old = { ...(oldest ? { [OLDEST]: oldest } : {}), ...(older ? { [OLDER]: older } : {}) };
  return { kind: 'split', split: { [TARGET]: fresh, ...old } };
}

describe('the worked case: 10 instances at 0.6', () => {
  const batches = batchesOf(10, marathon(0.6));
  const [first, last] = [
    { new: 6, old: 6 },
    { new: 10, old: 0 },
  ];

  it('goes to six of each, and then to ten new ones', () => {
    expect(next(batches, copies(10, OLDEST), first)).toEqual(split(2, 6));
    const ended = [...copies(6, OLDEST), ...copies(2, TARGET, { ready: false })];
    expect(next(batches, ended, first)).toEqual(split(6, 6));
    const started = [...copies(6, OLDEST), ...copies(6, TARGET, { ready: false })];
    expect(next(batches, started, first)).toEqual({ kind: 'wait', for: '0/6 new instances ready' });
    const ready = [...copies(6, OLDEST), ...copies(6, TARGET)];
    expect(next(batches, ready, first)).toEqual({ kind: 'done' });
    expect(next(batches, ready, last)).toEqual(split(6));
    expect(next(batches, copies(6, TARGET), last)).toEqual(split(10));
    expect(next(batches, copies(10, TARGET), last)).toEqual({ kind: 'done' });
  });

  it.each([
    [10, 0.6, 12, 6],
    [20, 0.8, 32, 16],
  ])('%d at %d peaks at %d and never has fewer than %d', (n, healthy, peak, fewest) => {
    const world = new World(batchesOf(n, marathon(healthy)), copies(n, OLDEST));
    for (const goal of world.batches.goals) expect(world.settle(goal)).toBe(true);
    expect([world.peak, world.fewestReady, world.violations]).toEqual([peak, fewest, []]);
  });
});

describe('as Marathon 1.11 (TaskReplaceActorTest)', () => {
  it('keeps new ones that are there already, and starts only the missing', () => {
    const batches = batchesOf(5, marathon(0, 0));
    const mixed = [...copies(3, OLDEST), ...copies(2, TARGET)];
    expect(next(batches, mixed)).toEqual(split(2));
    expect(next(batches, copies(2, TARGET))).toEqual(split(5));
  });

  it('ends at once when all are replaced', () => {
    expect(next(batchesOf(5, marathon(1, 0)), copies(5, TARGET))).toEqual({ kind: 'done' });
  });

  it('does not end the only healthy one for an unhealthy new one (MARATHON-8716)', () => {
    const batches = batchesOf(2, marathon(0.5, 0));
    const unhealthy = [...copies(1, OLDEST), ...copies(1, TARGET, { ready: false })];
    expect(next(batches, unhealthy)).toMatchObject({ kind: 'wait' });
    const healthy = [...copies(1, OLDEST), ...copies(1, TARGET)];
    expect(next(batches, healthy)).toEqual(split(1));
    expect(next(batches, copies(1, TARGET))).toEqual(split(2));
  });

  it('goes in lockstep with 3 at 0.5 and no over-capacity', () => {
    const world = new World(batchesOf(3, marathon(0.5, 0)), copies(3, OLDEST));
    expect(next(world.batches, world.copies)).toEqual(split(0, 2));
    for (const goal of world.batches.goals) expect(world.settle(goal)).toBe(true);
    expect([world.peak, world.fewestReady]).toEqual([3, 2]);
  });

  it('starts two with 3 at 1 and 0.7, and ends one old for each that gets healthy', () => {
    const batches = batchesOf(3, marathon(1, 0.7));
    expect(next(batches, copies(3, OLDEST))).toEqual(split(2, 3));
    const one = [...copies(3, OLDEST), ...copies(1, TARGET), ...copies(1, TARGET, { ready: false })];
    expect(next(batches, one)).toEqual(split(2, 2));
  });

  it.each([
    [2, 3, marathon(1, 1)],
    [3, 4, marathon(1, 0.3)],
  ])('with n %d and %d old ones the surplus one ends at once', (n, running, strategy) => {
    const decision = next(batchesOf(n, strategy, running), copies(running, OLDEST));
    expect(decision).toMatchObject({ kind: 'split', split: { [OLDEST]: n } });
  });

  it('is not done while an old one still ends', () => {
    const ending = [...copies(3, TARGET), ...copies(1, OLDEST, { ending: true })];
    expect(next(batchesOf(3, marathon(1, 1)), ending)).toEqual({
      kind: 'wait',
      for: '1 old instance to end',
    });
  });

  it('ends surplus at once when it scales down in the same change', () => {
    const world = new World(batchesOf(5, marathon(1, 1), 10), copies(10, OLDEST));
    expect(next(world.batches, world.copies)).toEqual(split(0, 5));
    expect(world.settle({ new: 5, old: 0 })).toBe(true);
    expect([world.peak, world.fewestReady]).toEqual([10, 5]);
  });
});

describe('as Kubernetes (rolling_test.go)', () => {
  it('ends no old ones while unavailable new ones use up the budget', () => {
    const seen = [...copies(8, OLDEST), ...copies(2, TARGET, { ready: false })];
    const batches = batchesOf(10, rolling(0, 2));
    expect(next(batches, seen)).toMatchObject({ kind: 'wait' });
  });

  it('ends unready old ones first, of the version that has most of them', () => {
    const seen = [
      ...copies(2, OLDEST),
      ...copies(2, OLDER, { ready: false }),
      ...copies(1, OLDEST, { ready: false }),
    ];
    const batches = batchesOf(5, rolling(0, 2));
    expect(next(batches, seen)).toEqual(split(0, 3));
  });

  it('then ready ones of the oldest version', () => {
    const seen = [...copies(2, OLDEST), ...copies(3, OLDER)];
    expect(next(batchesOf(5, rolling(0, 2)), seen)).toEqual(split(0, 0, 3));
  });

  it('never has fewer alive than the minimum, ready or not', () => {
    const seen = copies(4, OLDEST, { ready: false });
    expect(next(batchesOf(4, rolling(0, 1)), seen)).toEqual(split(0, 3));
  });
});

describe('the order within a batch', () => {
  const goal = { new: 2, old: 2 };

  it('CreateFirst: no old one ends before all new ones of the batch are ready', () => {
    const batches = batchesOf(4, rolling(2, 2, 'CreateFirst'));
    expect(next(batches, copies(4, OLDEST), goal)).toEqual(split(2, 4));
    const half = [...copies(4, OLDEST), ...copies(1, TARGET), ...copies(1, TARGET, { ready: false })];
    expect(next(batches, half, goal)).toMatchObject({ kind: 'wait' });
    const ready = [...copies(4, OLDEST), ...copies(2, TARGET)];
    expect(next(batches, ready, goal)).toEqual(split(2, 2));
  });

  it('DeleteFirst: no new one starts before all old ones of the batch have ended', () => {
    const batches = batchesOf(4, rolling(2, 2, 'DeleteFirst'));
    expect(next(batches, copies(4, OLDEST), goal)).toEqual(split(0, 2));
    const half = [...copies(2, OLDEST), ...copies(1, OLDEST, { ending: true })];
    expect(next(batches, half, goal)).toEqual({
      kind: 'wait',
      for: '0/2 new instances ready; 1 old instance to end',
    });
    expect(next(batches, copies(2, OLDEST), goal)).toEqual(split(2, 2));
  });

  it('recreate: no new one starts before all old ones have ended', () => {
    const batches = batchesOf(3, { type: 'recreate' });
    expect(next(batches, copies(3, OLDEST))).toEqual(split(0));
    expect(next(batches, copies(1, OLDEST, { ending: true }))).toMatchObject({ kind: 'wait' });
    expect(next(batches, [], undefined, { [TARGET]: 0 })).toEqual(split(3));
  });

  it('blue/green: all old ones stay until all new ones are ready, and in the first batch after that', () => {
    const batches = batchesOf(3, { type: 'blueGreen' });
    expect(next(batches, copies(3, OLDEST), batches.goals[0])).toEqual(split(3, 3));
    const both = [...copies(3, OLDEST), ...copies(3, TARGET)];
    expect(next(batches, both, batches.goals[0])).toEqual({ kind: 'done' });
    expect(next(batches, both, batches.goals[1])).toEqual(split(3));
  });

  it('CreateFirst: instances of another version that serve nobody make room, and no ready one does', () => {
    const batches = batchesOf(4, { type: 'canary', steps: [{ instances: 1 }] });
    const [goal] = batches.goals;
    const bad = [...copies(4, OLDEST), ...copies(1, OLDER, { ready: false })];
    expect(next(batches, bad, goal)).toEqual(split(0, 4));
    const leaving = [...copies(4, OLDEST), ...copies(1, OLDER, { ending: true })];
    expect(next(batches, leaving, goal, { [OLDEST]: 4, [TARGET]: 0 })).toMatchObject({ kind: 'wait' });
    expect(next(batches, copies(4, OLDEST), goal)).toEqual(split(1, 4));
  });

  it('a failing canary costs nothing', () => {
    const batches = batchesOf(4, { type: 'canary', steps: [{ instances: 1 }] });
    const failing = [...copies(4, OLDEST), ...copies(1, TARGET, { ready: false })];
    expect(next(batches, copies(4, OLDEST), batches.goals[0])).toEqual(split(1, 4));
    expect(next(batches, failing, batches.goals[0])).toMatchObject({ kind: 'wait' });
  });
});

describe('instances that die by themselves', () => {
  const batches = batchesOf(4, rolling(1, 0));
  const declared = { [OLDEST]: 4, [TARGET]: 1 };

  it('are replaced by their own version while the minimum needs them', () => {
    const seen = [...copies(3, OLDEST), ...copies(1, TARGET, { ready: false })];
    expect(next(batches, seen, { new: 1, old: 3 }, declared)).toMatchObject({ kind: 'wait' });
  });

  it('are not when new ones have taken their place', () => {
    const seen = [...copies(3, OLDEST), ...copies(1, TARGET)];
    expect(next(batches, seen, { new: 1, old: 3 }, declared)).toEqual(split(1, 3));
  });

  it('are replaced where the batch still wants them', () => {
    const inPlace = batchesOf(4, { type: 'batches', batches: 2 });
    const seen = [...copies(1, OLDEST), ...copies(2, TARGET)];
    const decision = next(inPlace, seen, { new: 2, old: 2 }, { [OLDEST]: 2, [TARGET]: 2 });
    expect(decision).toEqual({ kind: 'done' });
  });
});

describe('the way back and scaling', () => {
  it('takes over instances of the target that still run, beyond the goal of the batch', () => {
    const batches = batchesOf(10, { type: 'batches', batches: 5 });
    const seen = [...copies(6, TARGET), ...copies(4, OLDEST)];
    expect(next(batches, seen, { new: 2, old: 8 })).toEqual({ kind: 'done' });
    expect(next(batches, seen, { new: 8, old: 2 })).toEqual(split(6, 2));
  });

  it('only counts where there is one version', () => {
    const batches = batchesOf(5, marathon(1), 3);
    expect(next(batches, copies(3, TARGET))).toEqual(split(5));
    const starting = [...copies(3, TARGET), ...copies(2, TARGET, { ready: false })];
    expect(next(batches, starting)).toEqual({ kind: 'wait', for: '3/5 new instances ready' });
    const down = batchesOf(2, marathon(1), 3);
    expect(next(down, copies(3, TARGET))).toEqual(split(2));
    const ending = [...copies(2, TARGET), ...copies(1, TARGET, { ending: true })];
    expect(next(down, ending)).toEqual({ kind: 'wait', for: '1 surplus instance to end' });
  });

  it('goes to nothing, and is done with nothing', () => {
    const batches = batchesOf(0, marathon(1), 2);
    expect(next(batches, copies(2, OLDEST))).toEqual(split(0));
    expect(next(batches, [], undefined, {})).toEqual({ kind: 'done' });
  });

  it('does not count on what was declared away but has not ended', () => {
    const batches = batchesOf(6, rolling(0, 3));
    const seen = [...copies(2, OLDEST), ...copies(4, OLDER)];
    const declared = { [OLDEST]: 2, [OLDER]: 1, [TARGET]: 0 };
    expect(next(batches, seen, undefined, declared)).toMatchObject({ kind: 'wait' });
    const withNew = [...seen, ...copies(1, TARGET)];
    expect(next(batches, withNew, undefined, { ...declared, [TARGET]: 1 })).toEqual(split(1, 1, 1));
  });
});

describe('force', () => {
  const batches = batchesOf(4, { type: 'batches', batches: 2 });
  const seen = [...copies(2, OLDEST), ...copies(2, TARGET, { ready: false })];
  const step = {
    batches,
    goal: { new: 2, old: 2 },
    target: TARGET,
    seen,
    declared: { [OLDEST]: 2, [TARGET]: 2 },
  };

  it('takes a batch as good that is started', () => {
    expect(nextSplit(step)).toMatchObject({ kind: 'wait' });
    expect(nextSplit({ ...step, acceptUnready: true })).toEqual({ kind: 'done' });
  });

  it('does not break the minimum', () => {
    const decision = nextSplit({ ...step, goal: { new: 4, old: 0 }, acceptUnready: true });
    expect(decision).toEqual({
      kind: 'wait',
      for: '2/4 new instances started; no room for more than 4 instances in all; 2 old instances stay: 2 have to be ready',
    });
  });
});
