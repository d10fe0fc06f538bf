import { isObject, type JsonObject } from '../formats/reading/values.js';

/** A place in a text: `{{name}}`, blanks inside allowed. Anything else in double braces is text. */
const PLACE = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]{0,99})\s*\}\}/g;

export type Parameter = string | number | boolean;

/** A text with places, and where it stands: `/env/PORT`, as errors name it. */
export interface Place {
  path: string;
  parameters: string[];
  /** The place is the whole text: the value goes in with its type. */
  whole: boolean;
}

/** All texts of an app that have places, in the order in which they stand; names of fields may have them, too. */
export function placesOf(app: JsonObject): Place[] {
  const found: Place[] = [];
  visit(app, '', (text, path) => {
    const parameters = namesIn(text);
    if (parameters.length > 0) found.push({ path, parameters, whole: isWhole(text) });
  });
  return found;
}

/** The app with all its places filled. A value takes its type along where the place is the whole text. */
export function fill(app: JsonObject, parameters: Readonly<Record<string, Parameter>>): JsonObject {
  const text = (each: string) => fillText(each, parameters);
  const value = (each: unknown): unknown => {
    if (typeof each === 'string')
      return isWhole(each) ? (parameters[namesIn(each)[0] ?? ''] ?? '') : text(each);
    if (Array.isArray(each)) return each.map(value);
    return isObject(each) ? object(each) : each;
  };
  const object = (each: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(each).map(([name, below]) => [text(name), value(below)]));
  return object(app);
}

/** A text with its places filled. */
export function fillText(text: string, parameters: Readonly<Record<string, Parameter>>): string {
  return text.replace(PLACE, (_place, name: string) => String(parameters[name] ?? ''));
}

function visit(value: unknown, path: string, found: (text: string, path: string) => void): void {
  if (typeof value === 'string') found(value, path);
  else if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) visit(each, `${path}(${index})`, found);
  } else if (isObject(value)) {
    for (const [name, each] of Object.entries(value)) {
      found(name, `${path}/${name}`);
      visit(each, `${path}/${name}`, found);
    }
  }
}

function namesIn(text: string): string[] {
  return [...text.matchAll(PLACE)].map(([, name = '']) => name);
}

function isWhole(text: string): boolean {
  const [only, ...others] = [...text.matchAll(PLACE)];
  return only?.[0] === text && others.length === 0;
}
