import type { App } from '../../model/app.js';
import type { Obstacle } from './placement.js';

/** The host that instances are placed on: what Marathon calls an agent. */
export interface Place {
  host: string;
  /** By name, as `SLIPWAY_ATTRIBUTES` states them. */
  attributes: Readonly<Record<string, string>>;
  /** Instances of the app that are there, of all versions. */
  alive: number;
}

/** Why no other instance of the app may be placed here by its constraints; undefined = it may. */
export function constraintObstacle(app: Pick<App, 'constraints'>, place: Place): Obstacle | undefined {
  const broken = app.constraints.find((constraint) => !isMet(constraint, place));
  if (broken === undefined) return undefined;
  const description = `constraint ${broken.join(':')} is not met on the only host ${place.host}${described(place)}, where ${place.alive} run`;
  return { reason: 'constraint', description, missing: ['UnfulfilledConstraint'] };
}

function described({ attributes }: Place): string {
  const stated = Object.entries(attributes).map(([name, value]) => `${name}:${value}`);
  return stated.length > 0 ? ` (${stated.join('; ')})` : '';
}

/**
 * Marathon 1.11 Constraints, seen from one host: every instance there is has the same value of each field. A host
 * without the attribute meets UNLIKE only.
 */
function isMet([field = '', operator, value = '']: string[], place: Place): boolean {
  const actual = fieldOf(field, place);
  if (actual === undefined) return operator === 'UNLIKE';
  switch (operator) {
    case 'UNIQUE':
      return place.alive === 0;
    case 'MAX_PER':
      return place.alive < Number(value);
    case 'GROUP_BY':
      // With fewer groups than asked for, only a value that no instance has yet may be used; there is one value here.
      return place.alive === 0 || Number(value) <= 1;
    case 'CLUSTER':
      return value === '' || value === actual;
    case 'IS':
      return value === actual;
    case 'LIKE':
      return matches(value, actual);
    case 'UNLIKE':
      return !matches(value, actual);
    default:
      return false;
  }
}

function fieldOf(field: string, { host, attributes }: Place): string | undefined {
  if (field === 'hostname' || field === '@hostname') return host;
  return Object.hasOwn(attributes, field) ? attributes[field] : undefined;
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}
