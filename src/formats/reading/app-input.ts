import type { z } from 'zod';
import { TerminalError } from '../../errors.js';
import type { AppUpdate } from '../../model/change.js';
import { parseApp, parseApps } from '../marathon/parse-app.js';
import type { appSchema } from '../marathon/schema.js';

/** An app as Marathon's JSON says it: what the readers of other forms make, and the schema checks once more. */
export type AppInput = z.input<typeof appSchema>;

/** The apps of a document, checked. Throws TerminalError 422; paths are those of Marathon's form. */
export function appsOf(inputs: AppInput[]): AppUpdate[] {
  const [only, ...others] = inputs;
  if (only === undefined) throw new TerminalError('invalid', 'There is no app in it.');
  return others.length === 0 ? [parseApp(only)] : parseApps(inputs);
}
