import type { App } from '../../model/app.js';
import type { Notes } from '../reading/notes.js';

/** BCS's number of a value that is a text. */
const TEXT = 3;
const OPERATORS: Readonly<Record<string, string>> = {
  UNIQUE: 'UNIQUE',
  CLUSTER: 'CLUSTER',
  MAX_PER: 'MAXPER',
  LIKE: 'LIKE',
  UNLIKE: 'UNLIKE',
};

/** `constraint` of a BCS object, absent where the app has none. */
export function constraintJson(app: App, notes: Notes) {
  const items = app.constraints.flatMap(([field = '', operator = '', value], index) => {
    const operate = OPERATORS[operator];
    if (operate === undefined) {
      notes.leave(`/constraints(${index})`, `${operator} cannot be said`);
      return [];
    }
    const name = field === 'hostname' && operate === 'UNIQUE' ? 'InnerIP' : field;
    return [{ unionData: [{ name, operate, ...(value !== undefined && { type: TEXT, text: { value } }) }] }];
  });
  return items.length > 0 ? { constraint: { IntersectionItem: items } } : {};
}
