import { describe, expect, it } from 'vitest';
import { constraintObstacle } from '../../src/runtimes/supervisor/constraints.js';

const PLACE = { host: '10.0.0.1', attributes: { rack: 'r1', zone: 'a' } };

/** Whether one more instance may be placed where so many are. */
function fits(constraint: string[], alive = 0): boolean {
  return constraintObstacle({ constraints: [constraint] }, { ...PLACE, alive }) === undefined;
}

describe('a constraint on one host', () => {
  it.each([
    [['hostname', 'UNIQUE'], 0, true],
    [['hostname', 'UNIQUE'], 1, false],
    [['rack', 'UNIQUE'], 1, false],
    [['hostname', 'MAX_PER', '2'], 1, true],
    [['hostname', 'MAX_PER', '2'], 2, false],
    [['rack', 'MAX_PER', '2'], 2, false],
    [['hostname', 'GROUP_BY'], 5, true],
    [['rack', 'GROUP_BY', '1'], 5, true],
    [['rack', 'GROUP_BY', '3'], 0, true],
    [['rack', 'GROUP_BY', '3'], 1, false],
    [['rack', 'CLUSTER', 'r1'], 3, true],
    [['rack', 'CLUSTER', 'r2'], 0, false],
    [['rack', 'CLUSTER'], 3, true],
    [['zone', 'IS', 'a'], 0, true],
    [['zone', 'IS', 'b'], 0, false],
    [['@hostname', 'IS', '10.0.0.1'], 0, true],
    [['rack', 'LIKE', 'r[1-3]'], 0, true],
    [['rack', 'LIKE', 'r'], 0, false],
    [['rack', 'UNLIKE', 'r[1-3]'], 0, false],
    [['rack', 'UNLIKE', 'r9'], 0, true],
  ])('%j with %i there: %s', (constraint, alive, expected) => {
    expect(fits(constraint, alive)).toBe(expected);
  });

  it('is met on a host without the attribute by UNLIKE only', () => {
    const operators = ['UNIQUE', 'MAX_PER', 'GROUP_BY', 'CLUSTER', 'IS', 'LIKE', 'UNLIKE'];
    expect(operators.filter((operator) => fits(['gpu', operator, '1']))).toEqual(['UNLIKE']);
  });

  it('says which one is not met, and where', () => {
    const constraints = [
      ['zone', 'IS', 'a'],
      ['rack', 'LIKE', 'r2'],
    ];
    expect(constraintObstacle({ constraints }, { ...PLACE, alive: 0 })).toEqual({
      reason: 'constraint',
      description:
        'constraint rack:LIKE:r2 is not met on the only host 10.0.0.1 (rack:r1; zone:a), where 0 run',
      missing: ['UnfulfilledConstraint'],
    });
  });
});
