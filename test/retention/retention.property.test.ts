import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isEnded } from '../../src/model/deployment.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';
import { cleanAfter, DAY_MS, KEEPING } from './clean.js';
import { type Deed, deeds, World } from './world.js';

let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened?.close());

/** Days after which it is cleaned up: what ended then is kept or not, or (null) only what ended before the last deed is not. */
const days = fc.constantFrom(1, 100, null);

it('what is kept is answered for as before, and the present root is untouched', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, fc.nat(), days, async (done, at, after) => {
      const world = new World(opened.store);
      const { known, middle } = await carryOut(world, done, at);
      const before = await world.answers();
      const { deploymentDays } = KEEPING;
      const ended = after === null ? middle : Date.now() + (after - deploymentDays) * DAY_MS;
      const cutoff = new Date(ended).toISOString();
      // Twice: what one round left must not be taken for something else by the next.
      for (let round = 0; round < 2; round++)
        await cleanAfter(opened.store, deploymentDays + (ended - Date.now()) / DAY_MS);
      const left = await world.answers();

      expect(left.root).toEqual(before.root);
      expect(await world.rootKnownAs(known)).toEqual(await world.rootKnownAs());
      expect(left.plans).toEqual(before.plans);
      expect(left.works).toEqual(before.works);
      for (const kind of ['deployments', 'changes'] as const)
        for (const [id, answer] of left[kind]) expect(answer).toEqual(before[kind].get(id) as never);
      for (const [id, answer] of left.reverts)
        if (!isTooOld(left, id, cutoff)) expect(answer).toEqual(before.reverts.get(id));
      for (const kind of ['histories', 'groups'] as const)
        for (const [id, answer] of left[kind])
          for (const [key, kept] of answer.entries() as Iterable<[unknown, unknown]>)
            expect(kept).toEqual(sameOf(before[kind].get(id), key, kept));
      expectAllThatIsPromised(before, left, cutoff);
    }),
    { numRuns: Number(process.env.RETENTION_RUNS ?? 8), endOnFailure: true },
  );
}, 240_000);

/** What somebody knows who saw the root last in the midst of it, and when that was. */
async function carryOut(world: World, done: Deed[], at: number) {
  const seen = at % done.length;
  let known = await world.rootKnownAs();
  let middle = Date.now();
  for (const [index, deed] of done.entries()) {
    await world.carryOut(deed);
    if (index !== seen) continue;
    known = await world.rootKnownAs();
    middle = Date.now() + 2;
  }
  return { known, middle };
}

type Answers = Awaited<ReturnType<World['answers']>>;

/** Kept beyond its time for the sake of a history, and what was there before it is not kept any more: it says so. */
function isTooOld(left: Answers, id: string, cutoff: string): boolean {
  const gone = /^Version \S+ of \S+ is not kept any more/.test(String(left.reverts.get(id)));
  const { endedAt = cutoff } = left.deployments.get(id) ?? {};
  return gone && endedAt < cutoff;
}

function sameOf(before: Answers['histories'] | unknown, key: unknown, kept: unknown): unknown {
  if (before instanceof Map) return before.get(key);
  const { revision } = kept as { revision: number };
  return (before as { revision: number }[]).find((each) => each.revision === revision);
}

/** Not more was removed than may be, and not less. */
function expectAllThatIsPromised(before: Answers, left: Answers, cutoff: string): void {
  const named = new Set([...left.histories.values()].flat().map(({ deployment }) => deployment));
  for (const [id, { state, endedAt = '' }] of before.deployments) {
    const stays = !isEnded(state) || endedAt >= cutoff || named.has(id);
    // The removal of an app is a version without a definition, which is in no history.
    if (stays) expect(left.deployments.has(id)).toBe(true);
  }
  const { apps } = left.root as { apps: { id: string; release?: { revisionHistoryLimit?: number } }[] };
  for (const { id, release } of apps) {
    const limit = Math.max(1, release?.revisionHistoryLimit ?? 10);
    const kept = left.histories.get(id)?.length ?? 0;
    expect(kept).toBeGreaterThanOrEqual(Math.min(limit + 1, before.histories.get(id)?.length ?? 0));
  }
}
