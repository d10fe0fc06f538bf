import { describe, expect, it } from 'vitest';
import { strategyFrom } from '../../src/cli/strategy.js';

describe('the strategy on a command line', () => {
  it.each([
    [{}, undefined],
    [{ strategy: 'recreate' }, { type: 'recreate' }],
    [
      { minHealth: '0.6', maxOver: '0.2' },
      { type: 'marathon', minimumHealthCapacity: 0.6, maximumOverCapacity: 0.2 },
    ],
    [
      { maxSurge: '2', order: 'DeleteFirst', manual: true },
      { type: 'rolling', maxSurge: 2, maxUnavailable: '25%', order: 'DeleteFirst', manual: true },
    ],
    [{ batches: '3' }, { type: 'batches', batches: 3 }],
    [{ batches: '10%,5,rest' }, { type: 'batches', batches: ['10%', 5, 'rest'] }],
    [
      { canary: '1:manual,10%:60,50%' },
      {
        type: 'canary',
        steps: [{ instances: 1, manual: true }, { percent: 10, pauseSeconds: 60 }, { percent: 50 }],
      },
    ],
    [
      { strategy: 'blueGreen', keepOld: '30' },
      { type: 'blueGreen', keepOldSeconds: 30 },
    ],
    [{ strategy: '{"type":"recreate"}' }, { type: 'recreate' }],
  ])('%j', (options, strategy) => {
    expect(strategyFrom(options)).toEqual(strategy);
  });

  it.each([
    [{ strategy: 'magic' }],
    [{ strategy: '{"type"' }],
    [{ strategy: 'batches' }],
    [{ batches: 'many' }],
    [{ maxSurge: '-1' }],
    [{ maxSurge: '1', order: 'Sideways' }],
  ])('refuses %j', (options) => {
    expect(() => strategyFrom(options)).toThrow(expect.objectContaining({ exit: 2 }));
  });
});
