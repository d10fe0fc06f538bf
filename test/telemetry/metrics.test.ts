import { expect, it } from 'vitest';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Exposition } from '../helpers/exposition.js';

it('gauges are read when somebody asks, and what is gone then is not shown any more', async () => {
  const metrics = new Metrics();
  const gauge = metrics.gauge('things', 'Things', 'kind');
  let there = { red: 2, blue: 1 } as Record<string, number>;
  metrics.onRead([gauge], async () => () => {
    for (const [kind, count] of Object.entries(there)) gauge.set({ kind }, count);
  });
  expect(new Exposition(await metrics.text()).value('things', { kind: 'red' })).toBe(2);
  there = { blue: 7 };
  const after = new Exposition(await metrics.text());
  expect([after.value('things', { kind: 'red' }), after.value('things', { kind: 'blue' })]).toEqual([
    undefined,
    7,
  ]);
});

it('a reading that fails, or never comes back, keeps nobody from the rest, and shows nothing old', async () => {
  const metrics = new Metrics();
  const [failing, hanging] = [metrics.gauge('failing', 'f', 'of'), metrics.gauge('hanging', 'h', 'of')];
  let works = true;
  metrics.onRead([failing], async () => {
    if (!works) throw new Error('the database is away');
    return () => failing.set({ of: 'x' }, 1);
  });
  metrics.onRead([hanging], () =>
    works ? Promise.resolve(() => hanging.set({ of: 'x' }, 1)) : new Promise(() => undefined),
  );
  metrics.counter('counted_total', 'c').inc();
  const before = new Exposition(await metrics.text());
  expect([before.value('failing'), before.value('hanging')]).toEqual([1, 1]);
  works = false;
  const after = new Exposition(await metrics.text());
  expect([after.value('failing'), after.value('hanging'), after.value('counted_total')]).toEqual([
    undefined,
    undefined,
    1,
  ]);
});

it('the text of another source of the process is part of the answer', async () => {
  const metrics = new Metrics();
  metrics.counter('own_total', 'o').inc();
  metrics.append(async () => '# TYPE other_total counter\nother_total{a="b \\"c\\""} 4\n');
  metrics.append(async () => '');
  const { samples, families } = new Exposition(await metrics.text());
  expect(samples).toEqual([
    { name: 'own_total', labels: {}, value: 1 },
    { name: 'other_total', labels: { a: 'b "c"' }, value: 4 },
  ]);
  expect([...families.keys()]).toEqual(['own_total', 'other_total']);
});
