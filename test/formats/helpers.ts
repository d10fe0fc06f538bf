import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TerminalError } from '../../src/errors.js';
import { type Manifest, parseManifest } from '../../src/formats/manifest.js';
import type { App } from '../../src/model/app.js';
import { applyChange } from '../../src/model/apply-change.js';
import type { AppUpdate, Change } from '../../src/model/change.js';
import { rootOf, T1 } from '../model/fixtures.js';

export const FIXTURES = join(import.meta.dirname, 'fixtures');

export function fixture(name: string): string {
  return readFileSync(join(FIXTURES, name), 'utf8');
}

/** Apps of a manifest as they come into force, by id. */
export function applied(change: Change): Map<string, App> {
  return new Map(applyChange(rootOf([]), change, { now: T1 }).apps);
}

export function updatesOf({ change }: Manifest): AppUpdate[] {
  if (change.kind !== 'updateApps') throw new Error(`is ${change.kind}`);
  return change.apps;
}

/** The one app of an object. */
export function only(object: unknown): AppUpdate {
  const [app, ...others] = updatesOf(parseManifest(JSON.stringify(object)));
  if (!app || others.length > 0) throw new Error('is not one app');
  return app;
}

/** What is listed of an object, by path. */
export function left(object: unknown): Record<string, string> {
  const { notCarriedOver } = parseManifest(JSON.stringify(object));
  return Object.fromEntries(notCarriedOver.map(({ path, why }) => [path, why]));
}

/** Errors by path; anything but a TerminalError is thrown on. */
export function refused(act: () => unknown): Record<string, string[]> {
  try {
    act();
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    const { details } = error.extra;
    return Object.fromEntries(
      Array.isArray(details) ? details.map(({ path, errors }) => [path, errors]) : [],
    );
  }
  throw new Error('was not refused');
}
