import { statfsSync } from 'node:fs';
import type { Obstacle } from './placement.js';

const MIB = 2 ** 20;
/** Without so much nothing is started: an instance needs a folder, and writes its first lines. MiB. */
const NEEDED = 16;
/** It is looked at again after this. */
const RETRY_MS = 1_000;

/** In the way of every start while the disk of the home is full; the instances that run go on. */
export function diskObstacle(home: string, now: number): (Obstacle & { until: number }) | undefined {
  const { bavail, bsize } = statfsSync(home);
  if (bavail * bsize >= NEEDED * MIB) return undefined;
  return {
    reason: 'resources',
    description: `the disk of ${home} is full: fewer than ${NEEDED} MiB are left`,
    missing: ['InsufficientDisk'],
    until: now + RETRY_MS,
  };
}
