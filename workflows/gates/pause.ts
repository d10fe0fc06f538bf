import type { Context } from '../context.js';
import { now, waitAt } from './wait.js';

/** What a strategy says between two batches. */
export interface Stop {
  /** Somebody has to let it go on. */
  manual?: boolean;
  /** Milliseconds since 1970. */
  until?: number;
}

/** A pause that was reached is opened by a command only, whatever becomes of the pause mode or of a timer meanwhile. */
export async function passPause(
  context: Context,
  next: string,
  { manual = false, until = 0 }: Stop = {},
): Promise<void> {
  const { state } = context;
  const opens = state.opens;
  const since = now();
  const then = 'it goes on by itself';
  while (state.opens === opens) {
    const early = Date.now() < until;
    if (!state.paused && !manual && !early) return;
    const { paused } = state;
    const byItself = !paused && !manual;
    await waitAt(
      context,
      {
        gate: {
          kind: 'pause',
          since,
          ...(byItself ? { until: new Date(until).toISOString(), then } : {}),
          who: 'anyone who may deploy: resume, advance or force',
          description: paused ? `paused before ${next}` : `waits before ${next}, as its strategy says`,
        },
      },
      () => state.opens > opens || state.paused !== paused,
    );
  }
}
