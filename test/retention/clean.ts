import { cleanUp } from '../../src/retention/janitor.js';
import type { Keeping } from '../../src/retention/sweep.js';
import type { Store } from '../../src/store/store.js';

export const DAY_MS = 86_400_000;
export const KEEPING: Keeping = { deploymentDays: 30, eventDays: 10, keyDays: 5, groupVersions: 4 };
export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One round as it will be after so many days. */
export function cleanAfter(store: Store, days: number, keeping: Partial<Keeping> = {}) {
  const clock = () => Date.now() + days * DAY_MS;
  return cleanUp({ store, keeping: { ...KEEPING, ...keeping }, log: quiet, clock });
}
