import { unknownField } from '../parse.js';
import type { Notes } from './notes.js';
import { isEmpty, isObject, type JsonObject, shown } from './values.js';

/** Reasons by field name: fields that are known, but have no counterpart. */
export type Reasons = Readonly<Record<string, string>>;

interface Bounds {
  min?: number;
  max?: number;
  /** Fractions are taken, too. */
  fraction?: boolean;
}

/**
 * An object of a foreign form, read field by field. It remembers what was asked for, so that `rest` can list all that was
 * not: nothing is dropped in silence. null counts as absent. Wrong types are refused by the notes, and read as absent.
 */
export class Fields {
  private readonly asked = new Set<string>();
  private readonly names: ReadonlyMap<string, string>;

  constructor(
    readonly value: JsonObject,
    readonly path: string,
    readonly notes: Notes,
    /** Names in any case are the same, as Go's JSON reader has it. */
    private readonly anyCase = false,
  ) {
    this.names = new Map(anyCase ? Object.keys(value).map((name) => [name.toLowerCase(), name]) : []);
  }

  /** The value as it stands; undefined for null. */
  any(name: string): unknown {
    this.asked.add(name);
    const found = this.anyCase ? this.names.get(name.toLowerCase()) : name;
    return found !== undefined && Object.hasOwn(this.value, found)
      ? (this.value[found] ?? undefined)
      : undefined;
  }

  text(name: string): string | undefined {
    return this.typed(name, 'a text', (value) => typeof value === 'string');
  }

  flag(name: string): boolean | undefined {
    return this.typed(name, 'true or false', (value) => typeof value === 'boolean');
  }

  number(name: string, { min = 0, max = 31_536_000, fraction = false }: Bounds = {}): number | undefined {
    const what = `${fraction ? 'a number' : 'a whole number'} from ${min} to ${max}`;
    return this.typed(name, what, (value): value is number => {
      const whole = fraction ? Number.isFinite(value) : Number.isSafeInteger(value);
      return typeof value === 'number' && whole && value >= min && value <= max;
    });
  }

  /** One of a closed set of words. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    return this.typed(name, `one of (${words.join(', ')})`, (value): value is Word =>
      words.some((word) => word === value),
    );
  }

  texts(name: string): string[] | undefined {
    return this.typed(
      name,
      'a list of texts',
      (value): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string'),
    );
  }

  /** A record of texts. */
  strings(name: string): Record<string, string> {
    const is = (value: unknown): value is Record<string, string> =>
      isObject(value) && Object.values(value).every((each) => typeof each === 'string');
    return this.typed(name, 'texts by name', is) ?? {};
  }

  object(name: string): Fields | undefined {
    const value = this.typed(name, 'an object', isObject);
    return value && this.below(value, `${this.path}/${name}`);
  }

  objects(name: string): Fields[] {
    const is = (value: unknown): value is JsonObject[] => Array.isArray(value) && value.every(isObject);
    const found = this.typed(name, 'a list of objects', is) ?? [];
    return found.map((each, index) => this.below(each, `${this.path}/${name}(${index})`));
  }

  /** Lists the field where it says something. */
  leave(name: string, why: string): void {
    if (!isEmpty(this.any(name))) this.notes.leave(`${this.path}/${name}`, why);
  }

  refuse(name: string, error: string): void {
    this.notes.refuse(`${this.path}/${name}`, error);
  }

  /** Lists every field that was not asked for: with its reason, or with the name that was probably meant. */
  rest(reasons: Reasons = {}): void {
    const asked = new Set([...this.asked].map((name) => this.key(name)));
    const known = new Map(Object.entries(reasons).map(([name, why]) => [this.key(name), why]));
    for (const [name, value] of Object.entries(this.value)) {
      if (asked.has(this.key(name)) || isEmpty(value)) continue;
      const why = known.get(this.key(name)) ?? unknownField(name, [...this.asked, ...Object.keys(reasons)]);
      this.notes.leave(`${this.path}/${name}`, why);
    }
  }

  private key(name: string): string {
    return this.anyCase ? name.toLowerCase() : name;
  }

  private below(value: JsonObject, path: string): Fields {
    return new Fields(value, path, this.notes, this.anyCase);
  }

  private typed<T>(name: string, what: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.any(name);
    if (value === undefined || is(value)) return value;
    this.refuse(name, `must be ${what}, got ${shown(value)}`);
    return undefined;
  }
}
