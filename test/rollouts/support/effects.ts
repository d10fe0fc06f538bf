import { expect } from 'vitest';
import type { Situation } from '../../../src/model/command-table.js';
import { type Command, type CommandBody, type Deployment, isEnded } from '../../../src/model/deployment.js';
import { until } from '../../helpers/until.js';
import { PATIENCE, Release, release, serve } from './release.js';
import type { Staged } from './scenes.js';

/** A release in a situation, and the way in which commands reach it. */
export interface Acting {
  release: Release;
  /** Gives the command and expects that it applies. */
  give(command: Command, body?: CommandBody): Promise<unknown>;
  /** Gives the command and expects that it is refused for want of a reason. */
  refusedWithoutReason(command: Command): Promise<void>;
  /** Lets what holds it go. */
  open(): Promise<unknown>;
}

/** Gives the command and sees what the cell of the table says. */
export type Effect = (acting: Acting) => Promise<void>;

const OLD = Array(3).fill(serve(1));
const NEW = Array(3).fill(serve(2));

async function succeeds(held: Release): Promise<void> {
  expect(await held.ended()).toMatchObject({ outcome: 'succeeded' });
  expect(held.running()).toEqual(NEW);
  expect(await held.cmd()).toBe(serve(2));
}

/** To its end, with a resume wherever it is paused. */
function throughPauses(held: Release): Promise<Deployment> {
  const look = async () => {
    const deployment = await held.deployment();
    if (deployment.gate?.kind === 'pause') await held.post('resume');
    return isEnded(deployment.state) ? deployment : undefined;
  };
  return until(look, { what: `the end of ${held.app}`, ...PATIENCE });
}

/** The pause is reached before anything more is done, and a resume opens it. */
function pauses(before: string): Effect {
  return async ({ release: held, give, open }) => {
    const ids = held.ids(1);
    await give('pause');
    await open();
    await held.gate('pause', `paused before ${before}`);
    if (before === 'step 1/1') expect(held.ids()).toEqual(ids);
    await held.post('resume');
    await succeeds(held);
  };
}

/** The end of the time that the strategy waits does not open it. */
const pausesForGood: Effect = async ({ release: held, give }) => {
  const { until: opens = '' } = await held.gate('pause', 'as its strategy says');
  await give('pause');
  const gate = await held.gate('pause', 'paused before batch 2/2');
  expect(gate.until).toBeUndefined();
  await until(() => Date.now() > Date.parse(opens) + 200, { what: 'the end of the wait' });
  expect(await held.deployment()).toMatchObject({ state: 'paused' });
  await held.post('resume');
};

const doesNotPause: Effect = async ({ release: held, give, open }) => {
  await give('resume');
  await open();
  await succeeds(held);
};

const goesOn: Effect = async ({ release: held, give }) => {
  await give('resume');
  await succeeds(held);
};

/** One batch runs, and the next boundary holds again. */
function letsOneGo(command: 'resume' | 'advance' | 'force'): Effect {
  return async ({ release: held, give }) => {
    await give(command);
    await held.gate('pause', 'batch 3/3');
    expect(held.running()).toEqual([serve(1), serve(2), serve(2)]);
  };
}

export const touchesNothing =
  (command: 'cancel' | 'reject'): Effect =>
  async ({ release: held, give }) => {
    const ids = held.ids(1);
    await give(command, { by: 'eva' });
    expect(await held.ended()).toMatchObject({ outcome: 'cancelled' });
    expect(held.ids()).toEqual(ids);
    expect(await held.cmd()).not.toBe(serve(2));
  };

const restores: Effect = async ({ release: held, give }) => {
  const kept = held.ids(1);
  await give('cancel');
  const ended = await held.ended();
  expect(ended).toMatchObject({ outcome: 'cancelled', description: 'cancelled by ana: as said' });
  expect(held.running()).toEqual(OLD);
  expect(held.ids()).toEqual(expect.arrayContaining(kept));
  expect(await held.cmd()).toBe(serve(1));
};

/** Its lock is free: a change that mends it is taken without force. */
export const leavesThings: Effect = async ({ release: held, give }) => {
  const [ids, cmd] = [held.ids(), await held.cmd()];
  await give('close');
  expect(await held.ended()).toMatchObject({ outcome: 'failed' });
  expect(held.ids()).toEqual(ids);
  expect(await held.cmd()).toBe(cmd);
};

const closes: Effect = async (acting) => {
  await leavesThings(acting);
  await acting.open();
  const { whole, app } = acting.release;
  const corrective = await release(whole, app, 4);
  expect(await corrective.ended()).toMatchObject({ outcome: 'succeeded' });
  expect(corrective.running()).toEqual(Array(3).fill(serve(4)));
};

const forced: Effect = async ({ release: held, give }) => {
  await give('force');
  await succeeds(held);
};

const breaksTheGlass: Effect = async ({ release: held, give, refusedWithoutReason }) => {
  const ids = held.ids();
  await refusedWithoutReason('force');
  expect(held.ids()).toEqual(ids);
  await give('force');
  await succeeds(held);
};

/** The next batch runs although nothing of the first is ready; the bounds hold it there. */
const takesAsGood: Effect = async ({ release: held, give, open }) => {
  await give('force');
  await held.batch(2);
  expect(held.ids(1)).toHaveLength(2);
  await open();
  await succeeds(held);
};

/** What was asked for later still comes: the pause after the batch. */
const takesAsGoodAndPauses: Effect = async ({ release: held, give }) => {
  await give('force');
  await held.gate('pause', 'paused before batch 2/3');
  held.mend();
  await held.post('resume');
  await succeeds(held);
};

const changesNothing: Effect = async ({ release: held, give }) => {
  const [ids, before] = [held.ids(), await held.deployment()];
  await give('retry');
  const told = async () => (await held.ledger('retry')).at(-1)?.description;
  await until(async () => (await told()) === 'nothing had failed; nothing changed', {
    what: 'the ledger',
    ...PATIENCE,
  });
  expect(held.ids()).toEqual(ids);
  const { state, gate } = await held.deployment();
  expect({ state, gate }).toEqual({ state: before.state, gate: before.gate });
};

const replacesFailed: Effect = async ({ release: held, give }) => {
  const [kept, failed] = [held.ids(1), held.ids(2)];
  await give('retry');
  await until(() => held.ids(2).length === 1 && !held.ids(2).includes(failed[0] ?? ''), {
    what: 'another instance for the failed one',
    ...PATIENCE,
  });
  expect(held.ids(1)).toEqual(kept);
  held.mend();
  await succeeds(held);
};

/** A new deployment brings back what was there before; instances of it that still run stay. */
export function rollsBack(outcome: 'superseded' | 'kept'): Effect {
  return async ({ release: held, give }) => {
    const kept = held.ids(1);
    const before = await held.deployment();
    await give('rollback');
    const { rolledBackBy = '' } = await held.until('to be rolled back', (d) => d.rolledBackBy !== undefined);
    held.mend();
    const back = new Release(held.whole, held.app, rolledBackBy);
    expect(await back.ended()).toMatchObject({ outcome: 'succeeded', rollbackOf: held.id });
    const ended = await held.ended();
    expect(ended.outcome).toBe(outcome === 'kept' ? before.outcome : 'superseded');
    expect(back.running()).toEqual(OLD);
    expect(back.ids()).toEqual(expect.arrayContaining(kept));
    expect(await back.cmd()).toBe(serve(1));
  };
}

const EACH = { mode: 'each' } as const;

/** The first boundary after the switch holds. */
const pausesEach: Effect = async ({ release: held, give, open }) => {
  await give('setPauseMode', EACH);
  await open();
  await held.gate('pause', 'paused before batch 2/3');
};

/** The pause that is coming comes all the same, and so does the next one. */
const pausesEachAfter: Effect = async (acting) => {
  await pausesEach(acting);
  await acting.release.post('resume');
  await acting.release.gate('pause', 'paused before batch 3/3');
};

/** The pause that was reached is opened by a command only; the next boundary holds again. */
const pausesNext: Effect = async ({ release: held, give, open }) => {
  await give('setPauseMode', EACH);
  await held.gate('pause', 'batch 2/3');
  await open();
  await held.gate('pause', 'paused before batch 3/3');
};

/** The batch that has run, or runs, stays; all others are one. */
const inTwo: Effect = async ({ release: held, give, open }) => {
  await give('edit', { options: { strategy: { type: 'batches', batches: [1, 'rest'] } } });
  await open();
  const ended = await throughPauses(held);
  expect(ended).toMatchObject({ outcome: 'succeeded', options: { strategy: { batches: [1, 'rest'] } } });
  expect(ended.steps[0]?.actions[0]).toMatchObject({ batch: 2, batches: 2 });
};

const countsApproval: Effect = async ({ release: held, give }) => {
  await give('approve', { by: 'eva' });
  await held.gate('approval', 'waits for 1 of 2');
  await give('approve', { by: 'ben' });
  await succeeds(held);
};

const everywhere = <T extends Situation>(situations: readonly T[], effect: Effect): Record<T, Effect> =>
  Object.fromEntries(situations.map((situation) => [situation, effect])) as Record<T, Effect>;

const BEFORE = ['approval', 'startTime', 'window'] as const;
const MIDST = ['running', 'pausing', 'paused', 'between', 'held'] as const;

/** What is seen where a workflow takes the command; the same cells as the table in src/model/command-table.ts. */
export const EFFECTS: Record<Command, Partial<Record<Staged, Effect>>> = {
  pause: {
    ...everywhere(BEFORE, pauses('step 1/1')),
    ...everywhere(['running', 'held'], pauses('batch 2/3')),
    between: pausesForGood,
  },
  resume: { pausing: doesNotPause, paused: goesOn, between: letsOneGo('resume') },
  advance: { paused: letsOneGo('advance'), between: letsOneGo('advance') },
  cancel: { ...everywhere(BEFORE, touchesNothing('cancel')), ...everywhere(MIDST, restores) },
  close: { ...everywhere([...BEFORE, ...MIDST], closes) },
  force: {
    approval: breaksTheGlass,
    startTime: forced,
    window: breaksTheGlass,
    ...everywhere(['running', 'held'], takesAsGood),
    pausing: takesAsGoodAndPauses,
    paused: forced,
    between: letsOneGo('force'),
  },
  retry: {
    ...everywhere([...BEFORE, 'running', 'pausing', 'paused', 'between'], changesNothing),
    held: replacesFailed,
  },
  rollback: everywhere([...BEFORE, ...MIDST, 'ending'], rollsBack('superseded')),
  setPauseMode: {
    ...everywhere([...BEFORE, 'running', 'held'], pausesEach),
    pausing: pausesEachAfter,
    ...everywhere(['paused', 'between'], pausesNext),
  },
  approve: { approval: countsApproval },
  reject: { approval: touchesNothing('reject') },
  edit: everywhere([...BEFORE, ...MIDST], inTwo),
};
