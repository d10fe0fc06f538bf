import { type ErrorDetail, invalid, TerminalError } from '../errors.js';
import { parseApp } from '../formats/marathon/parse-app.js';
import { unknownField } from '../formats/parse.js';
import type { JsonObject } from '../formats/reading/values.js';
import type { AppUpdate } from '../model/change.js';
import { fill, fillText, type Parameter, placesOf } from './places.js';

/** The parameters that a template needs, each once, in the order of their places. */
export function parametersOf(app: JsonObject): string[] {
  return [...new Set(placesOf(app).flatMap((place) => place.parameters))];
}

/**
 * Looks for what is wrong with a template already without its parameters: names of fields, and values without places.
 * Throws TerminalError 422; the paths are those of the app, below `/app`.
 */
export function checkTemplate(app: JsonObject): void {
  const open = placesOf(app).map((place) => place.path);
  const problems = problemsOf(app).filter(({ path, errors }) => {
    const unknown = errors.some((error) => error.startsWith('is not a known field'));
    return unknown || (path !== '/' && !open.some((place) => overlaps(place, path)));
  });
  if (problems.length > 0)
    throw invalid(problems.map(({ path, errors }) => ({ path: `/app${path}`, errors })));
}

/**
 * The app that a template gives with parameters. A text stands for a number or true where the field is one, so that a
 * command line can give it. Throws TerminalError 422: parameters that are missing or not known, and whatever is wrong with
 * the app.
 */
export function applyTemplate(app: JsonObject, parameters: Readonly<Record<string, Parameter>>): AppUpdate {
  refuseParameters(parametersOf(app), Object.keys(parameters));
  const filled = fill(app, parameters);
  const places = placesOf(app).filter((place) => place.whole);
  const whole = new Set(places.map((place) => fillText(place.path, parameters)));
  const wrong = problemsOf(filled).filter(({ path }) => whole.has(path));
  return parseApp(wrong.length > 0 ? converted(filled, '', wrong) : filled);
}

function refuseParameters(needed: string[], given: string[]): void {
  const missing = needed.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !needed.includes(name));
  const details: ErrorDetail[] = [
    ...missing.map((name) => ({ path: `/parameters/${name}`, errors: ['is missing'] })),
    ...unknown.map((name) => ({
      path: `/parameters/${name}`,
      errors: [unknownField(name, needed).replace('a known field', 'a parameter of the template')],
    })),
  ];
  if (details.length > 0) throw invalid(details);
}

function problemsOf(app: JsonObject): ErrorDetail[] {
  try {
    parseApp(app);
    return [];
  } catch (error) {
    if (error instanceof TerminalError && Array.isArray(error.extra.details)) return error.extra.details;
    throw error;
  }
}

/** Whether one path leads to the other, or past it. */
function overlaps(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long === short || (long.startsWith(short) && '/('.includes(long[short.length] ?? ' '));
}

/** A copy in which the values at these paths have the type that was expected there. */
function converted<T>(value: T, path: string, wrong: ErrorDetail[]): T;
function converted(value: unknown, path: string, wrong: ErrorDetail[]): unknown {
  if (Array.isArray(value)) return value.map((each, index) => converted(each, `${path}(${index})`, wrong));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]) => [
      name,
      converted(each, `${path}/${name}`, wrong),
    ]);
    return Object.fromEntries(entries);
  }
  const errors = wrong.find((each) => each.path === path)?.errors ?? [];
  return errors.length > 0 ? asExpected(value, errors) : value;
}

function asExpected(value: unknown, errors: string[]): unknown {
  const expects = (type: string) => errors.some((error) => error === `error.expected.${type}`);
  if (expects('jsstring') && typeof value !== 'string') return String(value);
  if ((expects('jsnumber') || expects('int')) && isNumeric(value)) return Number(value);
  if (expects('jsboolean') && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
}
