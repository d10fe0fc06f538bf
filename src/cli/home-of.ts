import { resolve } from 'node:path';
import type { Io } from './io.js';

/** Folder of the embedded service: SLIPWAY_HOME, else `.slipway` here. The same rule as the service's own (config). */
export function homeOf(env: Io['env']): string {
  return resolve(env.SLIPWAY_HOME || '.slipway');
}
