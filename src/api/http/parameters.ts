import { z } from 'zod';
import { TerminalError } from '../../errors.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';

/** One parameter of a query: how its text is read, and what the OpenAPI document says of it. */
export interface Parameter<T> {
  description: string;
  /** What the value has to be once it is read. */
  schema: z.ZodType;
  /** What would be right, as the end of a sentence. */
  right: string;
  /** Given more than once, all of them count. */
  many: boolean;
  /** The value that the text stands for; what the schema refuses where it stands for none. */
  meant(text: string): unknown;
  /** The value where the parameter is absent, and the last step where it is there. */
  settle(value: unknown): T;
}

/** The parameters of a query by name. */
export type Parameters = Record<string, Parameter<unknown>>;

/** The values of a query. */
export type QueryOf<P extends Parameters> = {
  [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** Reads a query by its parameters; TerminalError 400 where a value is not right. Other names are ignored. */
export function readQuery<P extends Parameters>(parameters: P, query: URLSearchParams): QueryOf<P> {
  const read = Object.entries(parameters).map(([name, parameter]) => [name, readOne(name, parameter, query)]);
  return Object.fromEntries(read) as QueryOf<P>;
}

function readOne(name: string, parameter: Parameter<unknown>, query: URLSearchParams): unknown {
  if (parameter.many) return parameter.settle([...query.getAll(name), ...query.getAll(`${name}[]`)]);
  const text = query.get(name);
  if (text === null) return parameter.settle(undefined);
  const found = parameter.schema.safeParse(parameter.meant(text));
  if (found.success) return parameter.settle(found.data);
  throw new TerminalError('bad_request', `The query says ${name}=${text}; ${parameter.right} is right.`);
}

function optional<T>(fields: Omit<Parameter<T>, 'many' | 'settle'>): Parameter<T | undefined> {
  return { ...fields, many: false, settle: (value) => value as T | undefined };
}

const BOOLEANS: Record<string, boolean> = { '': true, true: true, false: false };

function booleanOf(text: string): unknown {
  const word = text.toLowerCase();
  return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : text;
}

const boolean = { right: 'true or false', meant: booleanOf };

/** A boolean in any case (`force=True` is what Marathon's Python client sends). A bare `?force` is true. */
export function flag(description: string, otherwise = false): Parameter<boolean> {
  const schema = z.boolean().default(otherwise);
  return { ...boolean, description, schema, many: false, settle: (value) => Boolean(value ?? otherwise) };
}

/** A boolean whose absence means neither. */
export function optionalFlag(description: string): Parameter<boolean | undefined> {
  return optional({ ...boolean, description, schema: z.boolean() });
}

/** A whole number within bounds. */
export function wholeNumber(
  description: string,
  { min, max }: { min: number; max: number },
): Parameter<number | undefined> {
  return optional({
    description,
    schema: z.int().min(min).max(max),
    right: `a whole number from ${min} to ${max}`,
    meant: (text) => (/^\d+$/.test(text) ? Number(text) : text),
  });
}

/** One of a closed set of words. */
export function oneOf<T extends string>(description: string, words: readonly T[]): Parameter<T | undefined> {
  return optional({
    description,
    schema: z.enum(words),
    right: `one of ${words.join(', ')}`,
    meant: (text) => text,
  });
}

/** A time, read as UTC with milliseconds; 422 with Marathon's text where it is none. */
export function time(description: string): Parameter<string | undefined> {
  return {
    description,
    schema: z.string(),
    right: 'an ISO-8601 time',
    many: false,
    meant: (text) => text,
    settle: (value) => (typeof value === 'string' ? parseTimestamp(value) : undefined),
  };
}

/** Any text, or only such as the pattern allows. */
export function text(
  description: string,
  allowed?: { pattern: RegExp; right: string },
): Parameter<string | undefined> {
  const schema = allowed === undefined ? z.string() : z.string().regex(allowed.pattern);
  return optional({ description, schema, right: allowed?.right ?? 'a text', meant: (value) => value });
}

/** A parameter that may be repeated, also with `[]` after its name; unknown words are the handler's to judge. */
export function words(description: string): Parameter<string[]> {
  return {
    description,
    schema: z.array(z.string()),
    right: 'a text',
    many: true,
    meant: (value) => value,
    settle: (value) => value as string[],
  };
}
