import type { Fields } from './fields.js';

/** What is in a name but must not be in an id. */
const NOT_IN_IDS = /[^a-z0-9.-]+/g;

/**
 * The id of an app by its name and namespace, `/name` or `/namespace/name`; letters that ids cannot have are replaced,
 * which is told. `defaults` are the namespaces that say nothing.
 */
export function idOf(metadata: Fields | undefined, defaults: readonly string[]): string | undefined {
  const name = metadata?.text('name');
  const namespace = metadata?.text('namespace');
  if (!metadata || !name) return undefined;
  const parts = [segment(metadata, 'name', name)];
  if (namespace && !defaults.includes(namespace)) parts.unshift(segment(metadata, 'namespace', namespace));
  return `/${parts.join('/')}`;
}

function segment(metadata: Fields, field: string, text: string): string {
  const fitting = text
    .toLowerCase()
    .replace(NOT_IN_IDS, '-')
    .replace(/^[.-]+|[.-]+$/g, '');
  if (fitting === text) return text;
  if (fitting === '') metadata.refuse(field, `'${text}' has no letter or digit that an id could have`);
  else
    metadata.notes.leave(`${metadata.path}/${field}`, `ids are lower case: '${text}' becomes '${fitting}'`);
  return fitting;
}

/** The nearest form of a name of a port that Marathon has: lower-case letters, digits and '-'. */
export function portNameOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
}
