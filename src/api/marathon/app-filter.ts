import { TerminalError } from '../../errors.js';
import type { App } from '../../model/app.js';
import type { FilterQuery } from './parameters.js';

type Test = (app: App) => boolean;

const MAX_SELECTOR = 2_000;

/** The filters of `GET /v2/apps`: `cmd`, `id` (parts of them, in any case) and `label`, all of which have to hold. */
export function appFilter({ cmd, id, label }: FilterQuery): Test {
  const tests = [partOf(cmd, (app) => app.cmd), partOf(id, (app) => app.id)];
  if (label !== undefined && label !== '') tests.push(labelFilter(label));
  return (app) => tests.every((test) => test(app));
}

function partOf(wanted: string | undefined, read: (app: App) => string | undefined): Test {
  if (wanted === undefined || wanted === '') return () => true;
  const part = wanted.toLowerCase();
  return (app) => (read(app) ?? '').toLowerCase().includes(part);
}

/** `a`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, joined by commas that mean "and" (Marathon's label selectors). */
function labelFilter(selector: string): Test {
  if (selector.length > MAX_SELECTOR) {
    throw new TerminalError('bad_request', `A label selector has at most ${MAX_SELECTOR} characters.`);
  }
  const tests = splitOutsideParens(selector).map((part) => labelTest(part.trim(), selector));
  return (app) => tests.every((test) => test(app));
}

function splitOutsideParens(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}

const KEY = '[^\\s,!=()]+';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`, 'i');
const COMPARED = new RegExp(`^(${KEY})\\s*(==|!=|=)\\s*([^\\s,=!()]*)$`);
const EXISTS = new RegExp(`^(${KEY})$`);

function labelTest(part: string, selector: string): Test {
  const set = SET.exec(part);
  if (set !== null) return oneOfSet(set[1] ?? '', set[2]?.toLowerCase() === 'in', members(set[3] ?? ''));
  const compared = COMPARED.exec(part);
  if (compared !== null) return oneOfSet(compared[1] ?? '', compared[2] !== '!=', [compared[3] ?? '']);
  const exists = EXISTS.exec(part);
  if (exists !== null) return (app) => Object.hasOwn(app.labels, exists[1] ?? '');
  throw new TerminalError(
    'bad_request',
    `The label selector '${selector}' is not understood at '${part}'; a, a==b, a!=b, a in (x,y) and a notin (x), joined by commas, are right.`,
  );
}

function members(list: string): string[] {
  return list.split(',').map((member) => member.trim());
}

/** Marathon counts an app without the label as one whose label differs. */
function oneOfSet(key: string, within: boolean, values: string[]): Test {
  return (app) => {
    const value = Object.hasOwn(app.labels, key) ? app.labels[key] : undefined;
    return (value !== undefined && values.includes(value)) === within;
  };
}
