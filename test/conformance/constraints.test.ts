import { expect, test } from 'vitest';
import { sharedBench } from './support/shared.js';

const bench = sharedBench({ SLIPWAY_ATTRIBUTES: 'rack:r1;zone:a' });

test.concurrent('constraints that this host meets place everything', async () => {
  const constraints = [
    ['rack', 'CLUSTER', 'r1'],
    ['zone', 'IS', 'a'],
    ['rack', 'LIKE', 'r[12]'],
    ['gpu', 'UNLIKE', 'old'],
    ['hostname', 'GROUP_BY'],
    ['hostname', 'MAX_PER', '2'],
  ];
  const id = bench().id('met');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 2, constraints }));
  expect(await bench().tasks(id)).toHaveLength(2);
  expect((await bench().app(id)).constraints).toEqual(constraints);
});

for (const [constraint, placed] of [
  [['hostname', 'UNIQUE'], 1],
  [['rack', 'MAX_PER', '1'], 1],
  [['rack', 'GROUP_BY', '2'], 1],
  [['rack', 'CLUSTER', 'r2'], 0],
  [['zone', 'IS', 'b'], 0],
  [['rack', 'LIKE', 'r2'], 0],
  [['rack', 'UNLIKE', 'r.*'], 0],
] as const) {
  test.concurrent(`${constraint.join(':')} places ${placed} of 2, and the queue says why`, async () => {
    const id = bench().id(`unmet-${constraint[1].toLowerCase().replace('_', '-')}`);
    const stuck = await bench().send(
      'POST',
      '/v2/apps',
      bench().sleeper(id, { instances: 2, constraints: [constraint] }),
    );
    const entry = await bench().untilQueued(id, ({ count }) => count === 2 - placed);
    expect(entry.delay).toEqual({ timeLeftSeconds: 0, overdue: true });
    const { rejectSummaryLastOffers } = entry.processedOffersSummary;
    expect(rejectSummaryLastOffers).toContainEqual({
      reason: 'UnfulfilledConstraint',
      declined: 1,
      processed: 1,
    });
    expect(await bench().tasks(id)).toHaveLength(placed);
    expect(bench().ended(stuck)).toBe(false);
  });
}
