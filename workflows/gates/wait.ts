import { condition } from '@temporalio/workflow';
import type { Context } from '../context.js';
import type { Wait } from '../state.js';

export function now(): string {
  return new Date().toISOString();
}

/** Shows the gate while it waits for `open`, at the longest until the gate's `until`. False where that came first. */
export async function waitAt({ scribe }: Context, wait: Wait, open: () => boolean): Promise<boolean> {
  const { until } = wait.gate;
  const left = until === undefined ? undefined : Math.max(1, Date.parse(until) - Date.now());
  return scribe.atGate(wait, () =>
    left === undefined ? condition(open).then(() => true) : condition(open, left),
  );
}
