import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { type ErrorDetail, TerminalError } from '../errors.js';

type Issue = z.core.$ZodIssue;

/** Deeper than any definition is; keeps hostile input from exhausting the stack. */
const MAX_DEPTH = 64;

/** Records whose values the caller chooses: null is a mistake there, not an absent field. */
const OPEN_RECORDS = new Set(['env', 'labels']);

/**
 * An object that refuses fields it does not know, with the nearest name that it does. The message of the issue carries
 * the known names to `explain`, because zod's issue does not.
 */
export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape).join(',');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? names : undefined),
  });
}

/**
 * What the JSON means by the schema. Members that are null count as absent, as Marathon has it.
 * Throws TerminalError 422: "Invalid JSON" where a type is wrong, else "Object is not valid"; every problem, by path.
 */
export function parseWith<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const parsed = schema.safeParse(cleaned(json, '', 0), { reportInput: true });
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.flatMap((issue) => explain(issue, ''));
  throw refusal(found);
}

/** One problem; `type` where the JSON has the wrong type rather than the wrong value. */
interface Problem {
  path: string;
  error: string;
  type?: boolean;
}

function refusal(problems: Problem[]): TerminalError {
  const message = problems.some((each) => each.type) ? 'Invalid JSON' : 'Object is not valid';
  return new TerminalError('invalid', message, { details: grouped(problems) });
}

/** One entry per path, its errors together and each once. */
export function grouped(problems: readonly { path: string; error: string }[]): ErrorDetail[] {
  const byPath = new Map<string, Set<string>>();
  for (const { path, error } of problems) {
    const at = path || '/';
    byPath.set(at, (byPath.get(at) ?? new Set()).add(error));
  }
  return [...byPath].map(([path, errors]) => ({ path, errors: [...errors] }));
}

function cleaned(json: unknown, path: string, depth: number): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth > MAX_DEPTH) throw refusal([{ path, error: `is nested more than ${MAX_DEPTH} levels deep` }]);
  if (Array.isArray(json)) return json.map((each, index) => cleaned(each, `${path}(${index})`, depth + 1));
  const keepsNull = OPEN_RECORDS.has(path.slice(path.lastIndexOf('/') + 1));
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    if (key === '__proto__') throw refusal([{ path: `${path}/${key}`, error: 'is not allowed as a name' }]);
    if (value !== null || keepsNull) result[key] = cleaned(value, `${path}/${key}`, depth + 1);
  }
  return result;
}

/** Marathon's form of a path: `/apps(0)/id`. */
function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `(${part})` : `/${String(part)}`)).join('');
}

function explain(issue: Issue, above: string): Problem[] {
  const path = above + pathText(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: `${path}/${key}`,
        error: unknownField(key, issue.message.split(',')),
      }));
    case 'invalid_type':
      return [{ path, error: expected(issue.expected, issue.input), type: true }];
    case 'invalid_union':
      return union(issue, path);
    case 'invalid_value':
      return [{ path, error: `is not one of (${issue.values.map(String).join(', ')})` }];
    case 'too_small':
      return [{ path, error: limit(issue.input, issue.origin, issue.minimum, 'more') }];
    case 'too_big':
      return [{ path, error: limit(issue.input, issue.origin, issue.maximum, 'less') }];
    case 'invalid_key':
      return [{ path, error: issue.issues.map((each) => each.message).join(', ') }];
    default:
      return [{ path, error: issue.message }];
  }
}

/** What to say of a field that is not known, with the nearest of those that are. */
export function unknownField(key: string, known: readonly string[]): string {
  const [near] = known
    .map((name) => ({ name, far: distance(name.toLowerCase(), key.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 4)))
    .sort((a, b) => a.far - b.far);
  return near ? `is not a known field: did you mean '${near.name}'?` : 'is not a known field';
}

/** The names that Marathon's JSON library gives to types. */
function expected(type: string, input: unknown): string {
  if (input === undefined) return 'error.path.missing';
  if (type === 'int') return typeof input === 'number' ? 'error.expected.int' : 'error.expected.jsnumber';
  return `error.expected.js${type === 'record' ? 'object' : type}`;
}

function limit(input: unknown, origin: string, bound: number | bigint, side: 'more' | 'less'): string {
  if (origin === 'number' || origin === 'int') return `got ${String(input)}, expected ${bound} or ${side}`;
  const unit = origin === 'string' ? 'characters' : 'elements';
  return `must have ${bound} ${unit} or ${side}`;
}

/** The problems of the alternative that came nearest: the one that failed deepest inside. */
function union(issue: Extract<Issue, { code: 'invalid_union' }>, path: string): Problem[] {
  if ('options' in issue && Array.isArray(issue.options)) {
    return [{ path, error: `is not one of (${issue.options.map(String).join(', ')})` }];
  }
  const inside = issue.errors.find((issues) => issues.every((each) => !isOutside(each)));
  if (inside) return inside.flatMap((each) => explain(each, path));
  const values = issue.errors.flatMap((issues) =>
    issues.flatMap((each) => (each.code === 'invalid_value' ? each.values : [])),
  );
  const types = issue.errors.flatMap((issues) =>
    issues.flatMap((each) => (each.code === 'invalid_type' ? each.expected : [])),
  );
  if (values.length > 0 && typeof issue.input === 'string') {
    return [{ path, error: `is not one of (${values.map(String).join(', ')})` }];
  }
  return [{ path, error: expected(types[0] ?? 'string', issue.input ?? null), type: true }];
}

/** The alternative is for another type of value. */
function isOutside(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}
