import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBatches } from '../../src/planning/batches.js';
import type { BatchGoal } from '../../src/planning/types.js';
import { strategies } from './arbitraries.js';
import { Theatre } from './theatre.js';
import { OLD, TARGET } from './world.js';

const possible = strategies.filter(({ type }) => type !== 'blueGreen');
const count = fc.integer({ min: 0, max: 6 });
const seat = fc.record({
  version: fc.constantFrom(...OLD, TARGET),
  ready: fc.boolean(),
  there: fc.integer({ min: 0, max: 4 }).map((value) => value > 0),
});

/** A stateful app as an undisturbed release finds it, or as superseded releases and failures leave it. */
const start = fc
  .record({
    strategy: possible,
    n: count,
    from: count,
    mix: fc.option(fc.array(seat, { maxLength: 6 })),
    oldIsGone: fc.boolean(),
  })
  .map(({ strategy, n, from, mix, oldIsGone }) => {
    const steady = Array.from({ length: from }, () => ({ version: OLD[0], ready: true, there: true }));
    const seats = mix ?? steady;
    const theatre = new Theatre(
      planBatches({ instances: n, from: seats.length, strategy, ordered: true }),
      seats,
    );
    theatre.oldIsGone = oldIsGone;
    return { theatre, n, strategy: JSON.stringify(strategy) };
  });

const events = fc.array(fc.nat({ max: 4000 }), { maxLength: 150 });

/** What may happen between two decisions; each number is one event. */
function disturb(theatre: Theatre, event: number): void {
  const kind = event % 9;
  const { actors } = theatre;
  const actor = actors[Math.floor(event / 9) % Math.max(1, actors.length)];
  if (kind === 8) theatre.restart();
  else if (kind === 7) backOff(theatre, [...OLD, TARGET][event % 4] ?? TARGET);
  else if (!actor) return;
  else if (kind === 0) theatre.die(actor);
  else if (kind === 1) Object.assign(actor, { ready: false, awaited: false });
  else if (kind <= 4 && actor.killing) theatre.die(actor);
  else if (!actor.killing) theatre.ready(actor);
}

/** A version that failed waits, or does not any more. */
function backOff({ delays }: Theatre, version: string): void {
  if (!delays.delete(version)) delays.set(version, 1);
}

function struggle(theatre: Theatre, goal: BatchGoal, tape: number[], acceptUnready = false): boolean {
  for (;;) {
    const done = theatre.release(goal, acceptUnready).kind === 'done';
    theatre.supervise();
    if (done) return true;
    const event = tape.shift();
    if (event === undefined) return false;
    disturb(theatre, event);
    if (event % 2 === 0) theatre.supervise();
  }
}

describe('a release of a stateful app under disturbance', () => {
  it('keeps ordinals, order and bounds at every decision, and comes to its end when the disturbance ends', () => {
    fc.assert(
      fc.property(start, events, ({ theatre, n }, tape) => {
        const left = [...tape];
        for (const goal of theatre.batches.goals)
          expect(struggle(theatre, goal, left) || theatre.settle(goal)).toBe(true);
        expect(theatre.violations).toEqual([]);
        expect(theatre.actors.map(({ ordinal }) => ordinal).sort()).toEqual([...Array(n).keys()]);
        expect(theatre.actors.every(({ version, ready }) => version === TARGET && ready)).toBe(true);
        expect(theatre.peak).toBeLessThanOrEqual(theatre.batches.bounds.maxTotal);
      }),
      { numRuns: 3000 },
    );
  });

  it('goes straight to the last goal with the same care, also where old instances never come back', () => {
    fc.assert(
      fc.property(start, events, ({ theatre, n }, tape) => {
        const goal = { new: n, old: 0 };
        expect(struggle(theatre, goal, [...tape]) || theatre.settle(goal)).toBe(true);
        expect(theatre.violations).toEqual([]);
        expect(theatre.actors.map(({ ordinal }) => ordinal).sort()).toEqual([...Array(n).keys()]);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps them also where unready instances are accepted', () => {
    fc.assert(
      fc.property(start, events, ({ theatre }, tape) => {
        const left = [...tape];
        for (const goal of theatre.batches.goals) struggle(theatre, goal, left, true);
        expect(theatre.violations).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });
});
