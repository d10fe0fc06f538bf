import type { Fields } from '../reading/fields.js';

/** BCS's names of a host's address and name. */
const HOST = ['innerip', 'hostname'];
const OPERATORS: Readonly<Record<string, string>> = {
  UNIQUE: 'UNIQUE',
  CLUSTER: 'CLUSTER',
  GROUPBY: 'GROUP_BY',
  MAXPER: 'MAX_PER',
  LIKE: 'LIKE',
  UNLIKE: 'UNLIKE',
};

/** Constraints that all must hold. Alternatives, and operators that Marathon does not have, are listed. */
export function constraints(constraint: Fields | undefined): string[][] {
  const found = (constraint?.objects('IntersectionItem') ?? []).flatMap((item) => {
    const [only, ...others] = item.objects('unionData');
    item.rest();
    if (!only) return [];
    if (others.length === 0) return one(only);
    item.leave('unionData', 'alternatives cannot be said: every constraint of an app must hold');
    return [];
  });
  constraint?.rest({ nodeSelector: 'constraints on attributes of hosts say it' });
  return found;
}

function one(data: Fields): string[][] {
  const name = data.text('name') ?? '';
  const stated = data.text('operate') ?? '';
  const operator = OPERATORS[stated.toUpperCase()];
  const values = valuesOf(data);
  data.any('type');
  data.rest({ ranges: 'a range cannot be said' });
  if (!name || operator === undefined) {
    data.notes.leave(`${data.path}/operate`, `'${stated}' is none of ${Object.keys(OPERATORS).join(', ')}`);
    return [];
  }
  const field = HOST.includes(name.toLowerCase()) ? 'hostname' : name;
  if (operator === 'UNIQUE') return [[field, operator]];
  if (operator === 'GROUP_BY')
    return [[field, operator, ...(values.length > 0 ? [String(values.length)] : [])]];
  const value =
    operator === 'LIKE' || operator === 'UNLIKE' || operator === 'CLUSTER' ? values.join('|') : values[0];
  return fits(data, operator, values) ? [[field, operator, ...(value ? [value] : [])]] : [];
}

function fits(data: Fields, operator: string, values: string[]): boolean {
  const several = operator === 'CLUSTER' && values.length > 1;
  const missing = operator !== 'CLUSTER' && values.length === 0;
  if (several) data.notes.leave(data.path, 'CLUSTER takes one value here');
  if (missing) data.notes.leave(data.path, `${operator} has no value`);
  return !several && !missing;
}

function valuesOf(data: Fields): string[] {
  const text = data.object('text')?.text('value');
  const scalar = data.object('scalar')?.number('value', { fraction: true });
  const set = data.object('set')?.texts('item') ?? [];
  return [...(text === undefined ? [] : [text]), ...(scalar === undefined ? [] : [String(scalar)]), ...set];
}
