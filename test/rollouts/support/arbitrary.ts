import fc from 'fast-check';
import type { ReleaseOptions, Strategy } from '../../../src/model/app.js';

/** One thing that happens while releases run. */
export type Act =
  | { kind: 'release'; broken: boolean; both: boolean; lock: 'refuse' | 'queue' | 'supersede' }
  | { kind: 'restart'; lock: 'refuse' | 'queue' | 'supersede' }
  /** The neighbour in the same group is released. */
  | { kind: 'neighbour' }
  /** `which`: of all deployments so far, counted back from the latest. */
  | { kind: 'command'; command: Given; which: number; signal: boolean }
  | { kind: 'edit'; strategy: Strategy }
  /** `tide`: everything that waits is done; else one instance, by its number. */
  | { kind: 'world'; event: 'tide' | 'begin' | 'pass' | 'sicken' | 'crash' | 'end'; pick: number }
  | { kind: 'rest'; ms: number };

/** Commands that are given at random; `edit` has an act of its own. */
const GIVEN = [
  'pause',
  'resume',
  'advance',
  'retry',
  'force',
  'cancel',
  'close',
  'rollback',
  'setPauseMode',
] as const;
type Given = (typeof GIVEN)[number];

/** A story of one app and its neighbour. */
export interface Story {
  instances: number;
  strategy: Strategy;
  release: ReleaseOptions;
  acts: Act[];
}

const share = fc.constantFrom(0, 0.25, 0.5, 0.6, 0.75, 1);
const amount = fc.constantFrom<number | string>(0, 1, 2, '25%', '50%');
const size = fc.constantFrom<number | string>(1, 2, '40%', 'rest');

/** All strategies; what they wait for by themselves takes a moment. */
const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc.record(
    { type: fc.constant('marathon' as const), minimumHealthCapacity: share, maximumOverCapacity: share },
    { requiredKeys: ['type', 'minimumHealthCapacity'] },
  ),
  fc.record(
    {
      type: fc.constant('rolling' as const),
      maxSurge: amount,
      maxUnavailable: amount,
      order: fc.constantFrom('CreateFirst' as const, 'DeleteFirst' as const),
      manual: fc.constant(true),
      intervalSeconds: fc.constant(0.2),
    },
    { requiredKeys: ['type', 'maxSurge', 'maxUnavailable'] },
  ),
  fc.constant({ type: 'recreate' as const }),
  fc.record({
    type: fc.constant('batches' as const),
    batches: fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc
        .array(size, { minLength: 1, maxLength: 3 })
        .map((sizes) => [...sizes.filter((s) => s !== 'rest'), 'rest']),
    ),
  }),
  fc.record({
    type: fc.constant('canary' as const),
    steps: fc.array(
      fc.oneof(
        fc.record({ instances: fc.constantFrom(1, 2), pauseSeconds: fc.constantFrom(0, 0.2) }),
        fc.record({ percent: fc.constantFrom(25, 50), manual: fc.boolean() }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record(
    {
      type: fc.constant('blueGreen' as const),
      manual: fc.boolean(),
      keepOldSeconds: fc.constantFrom(0, 0.2),
    },
    { requiredKeys: ['type'] },
  ),
);

/** Deadlines are short where they are stated: a batch that is kept waiting holds. */
const release: fc.Arbitrary<ReleaseOptions> = fc.record(
  {
    pauseMode: fc.constantFrom('none', 'first', 'each'),
    failureBudget: fc.integer({ min: 0, max: 2 }),
    progressDeadlineSeconds: fc.constantFrom(0.3, 1),
    onFailure: fc.constantFrom('hold', 'rollback', 'fail'),
    holdSeconds: fc.constantFrom(0.2, 1),
  },
  { requiredKeys: [] },
);

const lock = fc.constantFrom('refuse' as const, 'queue' as const, 'supersede' as const);
const world = (event: fc.Arbitrary<'tide' | 'begin' | 'pass' | 'sicken' | 'crash' | 'end'>) =>
  fc.record({ kind: fc.constant('world' as const), event, pick: fc.nat({ max: 30 }) });

const begins = fc.record({
  kind: fc.constant('release' as const),
  broken: fc.boolean(),
  both: fc.boolean(),
  lock,
});

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: begins },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), lock }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'neighbour' as const }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      command: fc.constantFrom(...GIVEN),
      which: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
      signal: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit' as const), strategy }) },
  { weight: 8, arbitrary: world(fc.constant('tide')) },
  { weight: 8, arbitrary: world(fc.constantFrom('begin', 'pass', 'sicken', 'crash', 'end')) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('rest' as const), ms: fc.integer({ min: 5, max: 150 }) }),
  },
);

export const stories: fc.Arbitrary<Story> = fc.record({
  instances: fc.integer({ min: 1, max: 5 }),
  strategy,
  release,
  acts: fc
    .tuple(begins, fc.array(act, { minLength: 6, maxLength: 24 }))
    .map(([first, rest]) => [first, ...rest]),
});
