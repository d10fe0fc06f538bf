import { createJanitor, type JanitorDeps } from '../retention/janitor.js';
import type { Closing } from './closing.js';

/** Days are what things are kept for: a minute more does not matter. */
const CLEAN_MS = 60_000;

/** Removes what has been kept long enough. Any number of processes may do so: one at a time is at it. */
export function startCleaning(deps: JanitorDeps, closing: Closing): void {
  const janitor = createJanitor({ ...deps, intervalMs: CLEAN_MS });
  janitor.start();
  closing.add('cleaning', () => janitor.stop());
}
