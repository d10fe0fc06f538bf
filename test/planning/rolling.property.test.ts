import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBatches } from '../../src/planning/batches.js';
import type { BatchGoal } from '../../src/planning/types.js';
import { counts, strategies } from './arbitraries.js';
import { type Copy, copies, OLD, TARGET, World } from './world.js';

const copy: fc.Arbitrary<Copy> = fc.record({
  version: fc.constantFrom(...OLD, TARGET),
  ready: fc.boolean(),
  ending: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
  broken: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
});

/** An app as an undisturbed release finds it, or any mix that superseded releases and failures leave. */
const start = fc
  .record({
    strategy: strategies,
    n: counts,
    from: counts,
    mix: fc.option(fc.array(copy, { maxLength: 40 })),
    oldIsGone: fc.boolean(),
  })
  .map(({ strategy, n, from, mix, oldIsGone }) => {
    const found = mix ?? copies(from, OLD[0]);
    const present = found.map((each) =>
      each.broken ? { ...each, broken: each.version !== TARGET, ready: false } : { ...each },
    );
    const world = new World(planBatches({ instances: n, from, strategy }), present);
    world.oldIsGone = oldIsGone;
    return { world, n, strategy: JSON.stringify(strategy), from };
  });

/** What may happen to instances between two decisions; each number is one event. */
function disturb(world: World, event: number): void {
  const kind = event % 8;
  const index = Math.floor(event / 8) % Math.max(1, world.copies.length);
  const one = world.copies[index];
  if (!one) return;
  if (kind === 0) world.die(index);
  else if (kind === 1) one.ready = false;
  else if (kind === 2 && one.ending) world.die(index);
  else if (kind === 3) world.supervise();
  else if (kind === 4) one.ending = true;
  else if (!one.ending && !one.broken) one.ready = true;
}

/** Carries the goal out under disturbance while there are events left. */
function struggle(world: World, goal: BatchGoal, events: number[]): boolean {
  for (;;) {
    const decision = world.decide(goal);
    if (decision.kind === 'done') return true;
    const [first, second] = [events.shift(), events.shift()];
    if (first === undefined) return false;
    disturb(world, first);
    if (second !== undefined) disturb(world, second);
  }
}

const events = fc.array(fc.nat({ max: 4000 }), { maxLength: 120 });

describe('a release under disturbance', () => {
  it('keeps its bounds at every decision, and comes to its end when the disturbance ends', () => {
    fc.assert(
      fc.property(start, events, ({ world, n }, tape) => {
        const left = [...tape];
        const size = n + world.copies.length;
        for (const goal of world.batches.goals) {
          if (!struggle(world, goal, left)) {
            const before = world.decisions;
            expect(world.settle(goal)).toBe(true);
            expect(world.decisions - before).toBeLessThanOrEqual(20 + 6 * size);
          }
          expect(readyOf(world)).toBeGreaterThanOrEqual(goal.new);
          expect(world.copies.filter(({ version }) => version !== TARGET).length).toBeLessThanOrEqual(
            goal.old,
          );
        }
        expect(world.violations).toEqual([]);
        expect(
          world.copies.filter(({ version, ready, ending }) => version === TARGET && ready && !ending),
        ).toHaveLength(n);
        expect(world.copies).toHaveLength(n);
      }),
      { numRuns: 3000 },
    );
  });

  it('goes straight to the last goal within the same bounds', () => {
    fc.assert(
      fc.property(start, events, ({ world, n }, tape) => {
        const goal = { new: n, old: 0 };
        const left = [...tape];
        expect(struggle(world, goal, left) || world.settle(goal)).toBe(true);
        expect(world.violations).toEqual([]);
        expect(world.copies).toHaveLength(n);
      }),
      { numRuns: 3000 },
    );
  });

  it('counts on nothing that was declared away, however late a runtime ends it', () => {
    fc.assert(
      fc.property(start, fc.nat({ max: 2 }), events, ({ world, n }, killsAtOnce, tape) => {
        world.killsAtOnce = killsAtOnce;
        const goal = { new: n, old: 0 };
        for (const event of tape) {
          world.decide(goal);
          if (event % 2 === 0) world.catchUp(event % 5);
          const one = world.copies[event % Math.max(1, world.copies.length)];
          if (one?.ending) world.die(world.copies.indexOf(one));
          else if (one?.version === TARGET) one.ready = true;
        }
        expect(world.settle(goal)).toBe(true);
        expect(world.violations).toEqual([]);
        expect(world.copies).toHaveLength(n);
      }),
      { numRuns: 3000 },
    );
  });

  it('never breaks its bounds when unready instances are accepted', () => {
    fc.assert(
      fc.property(start, events, ({ world }, tape) => {
        const left = [...tape];
        for (const goal of world.batches.goals) {
          for (let event = left.shift(); event !== undefined; event = left.shift()) {
            if (world.decide(goal, true).kind === 'done') break;
            disturb(world, event);
          }
        }
        expect(world.violations).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same decision however often it is asked', () => {
    fc.assert(
      fc.property(start, events, ({ world }, tape) => {
        const goal = world.batches.goals[0] ?? { new: 0, old: 0 };
        for (const event of tape) {
          disturb(world, event);
          world.decide(goal);
          expect(world.decide(goal).kind).not.toBe('split');
        }
      }),
      { numRuns: 500 },
    );
  });
});

function readyOf(world: World): number {
  return world.copies.filter(({ version, ready, ending }) => version === TARGET && ready && !ending).length;
}
