import type { Tracked } from './tracked.js';

/** How long ended instances stay to be seen, with their logs. */
export interface Retention {
  /** Of an app, ended by us or with status 0. */
  ended: number;
  /** Of an app, failed. */
  failed: number;
  seconds: number;
}

export const DEFAULT_RETENTION: Retention = { ended: 5, failed: 20, seconds: 600 };

/** Which of an app's ended instances go now. */
export function retired(ended: readonly Tracked[], retention: Retention, now: number): Tracked[] {
  const newest = [...ended].sort((a, b) => endOf(b) - endOf(a));
  const left = { ended: retention.ended, failed: retention.failed };
  return newest.filter((tracked) => {
    const kind = tracked.state === 'failed' ? 'failed' : 'ended';
    left[kind] -= 1;
    return left[kind] < 0 || now - endOf(tracked) > retention.seconds * 1000;
  });
}

function endOf(tracked: Tracked): number {
  return Date.parse(tracked.history.end?.at ?? '');
}
