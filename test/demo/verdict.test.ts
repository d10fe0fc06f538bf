import { describe, expect, it } from 'vitest';
import { Figures } from '../../src/demo/figures.js';
import { judgeApp, judgeRequests } from '../../src/demo/verdict.js';

const PROMISED = { instances: 10, fewestHealthy: 6, peak: 12 };

/** Looks with so many processes, of which so many accept, and so many healthy ones; `looks` times each. */
function figuresOf(seen: [processes: number, accepting: number, healthy: number][], looks = 20) {
  const figures = new Figures(['/db']);
  for (const [processes, accepting, healthy] of seen) {
    for (let look = 0; look < looks; look++) {
      figures.sawProcesses(
        new Map([
          ['/db', { running: processes, accepting }],
          ['/other', { running: 99, accepting: 0 }],
        ]),
      );
      figures.sawHealthy('/db', healthy);
    }
  }
  return figures.of('/db');
}

describe('the verdict on an app', () => {
  it('keeps the extremes of all looks, and of its own processes only', () => {
    expect(
      figuresOf(
        [
          [10, 10, 9],
          [12, 7, 8],
          [11, 11, 6],
        ],
        1,
      ),
    ).toEqual({
      peak: 12,
      fewestAccepting: 7,
      fewestHealthy: 6,
      samples: 3,
      tasksSeen: 3,
    });
  });

  it.each([
    [
      'within all bounds',
      figuresOf([
        [12, 6, 6],
        [10, 10, 10],
      ]),
      [true, true, true],
    ],
    ['one process too many', figuresOf([[13, 10, 10]]), [false, true, true]],
    ['one too few that accept', figuresOf([[12, 5, 6]]), [true, false, true]],
    ['one too few healthy', figuresOf([[12, 6, 5]]), [true, true, false]],
    ['a peak below the wanted count: the look was wrong', figuresOf([[9, 9, 9]]), [false, true, true]],
    ['too few looks to prove anything', figuresOf([[12, 6, 6]], 19), [false, false, false]],
    ['no look at all', figuresOf([]), [false, false, false]],
  ])('%s', (_, figures, kept) => {
    expect(judgeApp('/db', PROMISED, figures).map((finding) => finding.kept)).toEqual(kept);
  });
});

describe('the verdict on requests', () => {
  const figures = (fields: object) => ({
    answered: 10,
    redispatched: 0,
    failed: 0,
    byAnswer: new Map([
      ['app 1', 5],
      ['app 2', 5],
    ]),
    failures: [],
    ...fields,
  });

  it.each([
    ['all answered by both', figures({ redispatched: 2 }), [true, true]],
    ['one failed', figures({ failed: 1, failures: ['refused'] }), [false, true]],
    ['none was sent', figures({ answered: 0, byAnswer: new Map() }), [false, false]],
    ['only one version answered', figures({ byAnswer: new Map([['app 1', 10]]) }), [true, false]],
  ])('%s', (_, seen, kept) => {
    expect(judgeRequests(seen, ['app 1', 'app 2']).map((finding) => finding.kept)).toEqual(kept);
  });

  it('says what failed and how many were answered elsewhere', () => {
    const [requests] = judgeRequests(figures({ failed: 1, redispatched: 2, failures: ['refused'] }), []);
    expect(requests?.measured).toBe('1 of 11, 2 by a second instance: refused');
  });
});
