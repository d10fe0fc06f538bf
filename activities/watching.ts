import { Context } from '@temporalio/activity';
import type { PathId } from '../src/model/app.js';
import type { Observation } from '../src/model/instance.js';
import { steady } from '../src/os/steady.js';
import type { Runtime } from '../src/runtimes/runtime.js';

/** A cancellation reaches an activity only in the answer to a heartbeat: so often one is sent at least. */
const BEAT_MS = 1000;

/** What is done before needs none: most of what is declared is there at once. */
const FIRST_BEAT_MS = 500;

/** What a person reads beside a pending activity, and what its next attempt has to know. */
interface Beat {
  waitsFor: string;
  memory?: object;
}

/** What the last heartbeat of the attempt before this one left under that name. */
export function rememberedFrom<T>(name: string): T | undefined {
  const details: unknown = Context.current().info.heartbeatDetails;
  if (typeof details !== 'object' || details === null || !(name in details)) return undefined;
  return (details as Record<string, T>)[name];
}

/**
 * Observes an app until `step` says that it is done, after every change and every second.
 * `step` returns what it waits for, which goes out as heartbeat details, or undefined when it is done.
 */
export async function watchUntil(
  runtime: Runtime,
  app: PathId,
  step: (observation: Observation) => Promise<Beat | undefined>,
): Promise<void> {
  const context = Context.current();
  const changes = new Changes();
  const began = steady();
  const unwatch = runtime.watch(app, () => changes.tell());
  try {
    for (;;) {
      changes.reset();
      const waitsFor = await step(await runtime.observe(app));
      if (waitsFor === undefined) return;
      if (steady() - began >= FIRST_BEAT_MS) context.heartbeat(waitsFor);
      await Promise.race([changes.told(BEAT_MS), context.cancelled]);
    }
  } finally {
    changes.close();
    unwatch();
  }
}

/** A change that came while nobody waited is not missed. */
class Changes {
  private changed = false;
  private wake: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  tell(): void {
    this.changed = true;
    this.wake?.();
  }

  reset(): void {
    this.changed = false;
  }

  told(withinMs: number): Promise<void> {
    if (this.changed) return Promise.resolve();
    return new Promise<void>((resolve) => {
      this.wake = resolve;
      this.timer = setTimeout(() => resolve(), withinMs);
    }).then(() => this.close());
  }

  close(): void {
    clearTimeout(this.timer);
    this.wake = undefined;
  }
}
