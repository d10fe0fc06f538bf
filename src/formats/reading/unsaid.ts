import type { App } from '../../model/app.js';
import { complete } from '../../model/defaults.js';
import { deepEqual } from '../../model/equal.js';
import type { Notes } from './notes.js';

/** Lists the fields of an app that a form cannot say, where they differ from their defaults. */
export function noteUnsaid(
  app: App,
  notes: Notes,
  reasons: Readonly<Partial<Record<keyof App, string>>>,
): void {
  // Volumes of an instance's own have defaults of theirs.
  const usual: Partial<App> = complete({ id: app.id, ...(app.container && { container: app.container }) });
  for (const [field, why] of Object.entries(reasons) as [keyof App, string][]) {
    if (app[field] !== undefined && !deepEqual(app[field], usual[field])) notes.leave(`/${field}`, why);
  }
}

/** The same for the app's defaults of a release. */
export function noteUnsaidRelease(
  app: App,
  notes: Notes,
  fields: readonly (keyof NonNullable<App['release']>)[],
): void {
  for (const field of fields) {
    if (app.release?.[field] !== undefined) notes.leave(`/release/${field}`, 'is said only here');
  }
}
