import { CancellationScope, condition } from '@temporalio/workflow';
import type { Action, Gate } from '../../src/model/deployment.js';
import type { Context } from '../context.js';
import { optionsFor } from '../state.js';
import { waitAt } from './wait.js';

/** What opened a failure gate. */
export type Decision = 'retry' | 'force' | 'recovered';

export interface Failed {
  /** "batch 1/2 of /product/db". */
  what: string;
  message: string;
  action: Action;
  /** Goes on observing; ends when the batch is good after all. Absent where there is nothing to observe. */
  observe?: () => Promise<unknown>;
}

/** Holds what failed until somebody decides, it recovers by itself, or the declared `onFailure` happens. */
export async function holdOnFailure(context: Context, failed: Failed): Promise<Decision> {
  const { state, scribe } = context;
  const before = { retries: state.retries, forces: state.forces };
  const observer = observe(failed);
  const decided = () => state.retries > before.retries || state.forces > before.forces || observer.recovered;
  const since = Date.now();
  scribe.system('hold', `${failed.what} failed: ${failed.message}`);
  try {
    while (!decided()) {
      const { edits } = state;
      const came = await waitAt(
        context,
        { gate: gateOf(context, failed, since) },
        () => decided() || state.edits > edits,
      );
      if (!came && !decided()) await declared(context, failed);
    }
  } finally {
    await observer.stop();
  }
  if (state.forces > before.forces) return 'force';
  if (state.retries > before.retries) return 'retry';
  scribe.system('recover', `${failed.what} is good after all; goes on`);
  return 'recovered';
}

/** Where `onFailure` is stated it happens after holdSeconds, or at once; `hold` waits for ever. */
function gateOf({ state }: Context, { what, message, action }: Failed, since: number): Gate {
  const { onFailure, holdSeconds = 0 } = optionsFor(state, action);
  const then =
    onFailure === 'rollback' ? 'it is rolled back' : 'it ends as failed and leaves things as they are';
  const until = new Date(since + holdSeconds * 1000).toISOString();
  return {
    kind: 'failure',
    since: new Date(since).toISOString(),
    ...(onFailure === 'hold' ? {} : { until, then }),
    who: 'anyone who may deploy: retry, force, rollback, cancel or close',
    description: `${what} failed: ${message}`,
  };
}

/** Ends the story: its scope is cancelled by that. */
async function declared({ state, scribe }: Context, { what, message, action }: Failed): Promise<void> {
  const rollback = optionsFor(state, action).onFailure === 'rollback';
  const reason = `${what} failed: ${message}`;
  scribe.system(rollback ? 'rollback' : 'fail', `as declared (onFailure) after ${what} failed`);
  state.ending ??= { kind: 'failed', by: 'slipway', reason, ...(rollback ? { rollback } : {}) };
  await condition(() => false);
}

interface Observer {
  recovered: boolean;
  /** Returns when nothing of it acts any more. */
  stop(): Promise<void>;
}

function observe({ observe }: Failed): Observer {
  const scope = new CancellationScope();
  const observer: Observer = { recovered: false, stop: async () => undefined };
  if (!observe) return observer;
  // Where the observation itself fails, the decision is left to a person.
  const work = scope.run(observe).then(
    () => {
      observer.recovered = true;
    },
    () => undefined,
  );
  observer.stop = async () => {
    scope.cancel();
    await work;
  };
  return observer;
}
