import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { invalidAt, TerminalError } from '../../errors.js';

/** Deeper than any definition is; keeps hostile input from exhausting the stack. */
const MAX_DEPTH = 64;
/** More values than any file has; ends what aliases multiply. */
const MAX_VALUES = 2_000_000;
/** Longest text that is read as YAML: reading takes some 10 µs a byte, and everybody else waits meanwhile. JSON is no burden. */
const MAX_YAML = 512 * 1024;
/** How often aliases may be resolved in a document: enough for any file by hand, too few for an explosion. */
const MAX_ALIASES = 100;

/**
 * The documents of a JSON or YAML text as plain JSON values, empty ones left out.
 * Throws TerminalError 422 at `path`, with line and column where the text is neither.
 */
export function readDocuments(text: string, path: string): unknown[] {
  const json = jsonOf(text);
  const documents = json === undefined ? yamlOf(text, path) : [json.value];
  const budget = { left: MAX_VALUES };
  return documents.filter((each) => each !== null).map((each) => plain(each, path, 0, budget));
}

function jsonOf(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // YAML says line and column of what is wrong, and is a superset of JSON.
    return undefined;
  }
}

function yamlOf(text: string, path: string): unknown[] {
  if (text.length > MAX_YAML) {
    const why = `is no JSON, and too long for YAML: ${text.length} characters, ${MAX_YAML} are the most`;
    throw invalidAt(path, `${why}; hand it in as several files, or as JSON`);
  }
  const lines = new LineCounter();
  return attempt(path, () => {
    // Looking for equal keys is ours: the library compares each with each.
    const options = { lineCounter: lines, merge: true, uniqueKeys: false, logLevel: 'silent' } as const;
    const documents = parseAllDocuments(text, options);
    return [...documents].map((document) => jsValue(document, lines, path));
  });
}

function jsValue(document: Document.Parsed, lines: LineCounter, path: string): unknown {
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw invalidAt(path, `is neither JSON nor YAML: ${sentence(problem.message)}`);
  refuseRepeatedKeys(document, lines, path);
  return document.toJS({ maxAliasCount: MAX_ALIASES });
}

/** The first line of the library's message, which ends with line and column; the rest draws the place. */
function sentence(message: string): string {
  if (message.includes('call stack')) return 'it is nested too deep';
  return (message.split('\n')[0] ?? message).replace(/:$/, '');
}

function refuseRepeatedKeys(document: Document.Parsed, lines: LineCounter, path: string): void {
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value) && key.value !== '<<') {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0);
          throw invalidAt(path, `has the key '${String(key.value)}' twice, at line ${line}, column ${col}`);
        }
        seen.add(key.value);
      }
    },
  });
}

/** The library's own errors (too many aliases, a merge of what is no map, a stack that ends) as a sentence. */
function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw invalidAt(
      path,
      `cannot be read: ${error instanceof RangeError ? 'it is nested too deep' : message}`,
    );
  }
}

/** A copy of nothing but JSON: no cycles, no endless nesting, no names that reach a prototype. */
function plain(value: unknown, path: string, depth: number, budget: { left: number }): unknown {
  if (depth > MAX_DEPTH) throw invalidAt(path, `is nested more than ${MAX_DEPTH} levels deep`);
  if (--budget.left < 0) throw invalidAt(path, `has more than ${MAX_VALUES} values`);
  if (Array.isArray(value)) return value.map((each) => plain(each, path, depth + 1, budget));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, each]) => {
      if (key === '__proto__') throw invalidAt(path, "has the name '__proto__', which is not allowed");
      return [key, plain(each, path, depth + 1, budget)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalidAt(path, `has the value ${String(value)}, which JSON cannot say`);
}
