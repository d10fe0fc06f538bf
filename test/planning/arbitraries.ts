import fc from 'fast-check';
import type { Strategy } from '../../src/model/app.js';

const share = fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20);
const amount = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);

const marathon = fc.record(
  { type: fc.constant('marathon' as const), minimumHealthCapacity: share, maximumOverCapacity: share },
  { requiredKeys: ['type', 'minimumHealthCapacity'] },
);
const rolling = fc.record(
  {
    type: fc.constant('rolling' as const),
    maxSurge: amount,
    maxUnavailable: amount,
    order: fc.constantFrom('CreateFirst' as const, 'DeleteFirst' as const),
    manual: fc.boolean(),
    intervalSeconds: fc.constantFrom(0, 10),
  },
  { requiredKeys: ['type', 'maxSurge', 'maxUnavailable'] },
);
const batches = fc.record({
  type: fc.constant('batches' as const),
  batches: fc.oneof(
    fc.integer({ min: 1, max: 12 }),
    fc.array(fc.oneof(amount, fc.constant('rest')), { minLength: 1, maxLength: 6 }),
  ),
});
const canary = fc.record({
  type: fc.constant('canary' as const),
  steps: fc.array(
    fc.oneof(
      fc.record({ instances: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ percent: fc.integer({ min: 0, max: 100 }) }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
});

export const strategies: fc.Arbitrary<Strategy> = fc.oneof(
  marathon,
  rolling,
  batches,
  canary,
  fc.constant({ type: 'recreate' as const }),
  fc.constant({ type: 'blueGreen' as const }),
);

export const counts = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 40 }));
