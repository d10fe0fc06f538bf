import type { App } from '../src/model/app.js';
import type { Work } from './deps.js';

/** A program without checks that ends at once must not be taken for ready: most fail within this time. */
const SETTLE_SECONDS = 0.1;
/** Where it replaces others, more time is spent before the old ones go. */
const SETTLE_REPLACING_SECONDS = 0.5;

/** Seconds that an instance must be up before it counts: as stated, else a little where no check speaks for it. */
export function settleSeconds(target: App, { original, options }: Work): number {
  const stated = options.minReadySeconds ?? target.release?.minReadySeconds;
  if (stated !== undefined) return stated;
  if (target.healthChecks.length + target.readinessChecks.length > 0) return 0;
  return original && original.instances > 0 ? SETTLE_REPLACING_SECONDS : SETTLE_SECONDS;
}
