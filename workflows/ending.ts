import { ActivityFailure, CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow';
import type { Outcome, Step } from '../src/model/deployment.js';
import type { Context } from './context.js';
import { now } from './gates/wait.js';
import type { controlActivities } from './proxies.js';
import type { Scribe } from './scribe.js';
import { settle } from './settle.js';
import type { Ending } from './types.js';

/** Restores what has to be restored and writes the one end of the deployment. */
export async function conclude(
  context: Context,
  control: ReturnType<typeof controlActivities>,
  scribe: Scribe,
  ending: Ending | undefined,
): Promise<Outcome> {
  const { outcome, description } = verdict(ending);
  context.state.description = description;
  if (ending?.kind === 'failed')
    return write(context, control, scribe, await failed(control, context, ending));
  if (outcome === 'cancelled' && !(await restoredUnlessSuperseded(context)))
    return write(context, control, scribe, verdict(takenOver(context)));
  return write(context, control, scribe, { outcome, description });
}

interface End {
  outcome: Outcome;
  description: string;
  /** Definitions go back. */
  restore?: boolean;
}

/** Ends as failed by itself. The deployment that rolls it back is accepted first, so that nobody comes between. */
async function failed(
  control: ReturnType<typeof controlActivities>,
  { input }: Context,
  ending: Ending,
): Promise<End> {
  const end = {
    outcome: 'failed',
    description: ending.reason,
    restore: ending.restoreDefinitions ?? false,
  } as const;
  if (!ending.rollback) return end;
  try {
    const body = { by: 'slipway', channel: 'system', reason: ending.reason, requestId: 'automatic' } as const;
    await control.rollback({ deployment: input.id, body });
    return { ...end, description: `${ending.reason}; it is rolled back` };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const why = error instanceof ActivityFailure ? error.cause?.message : String(error);
    return { ...end, description: `${ending.reason}; it could not be rolled back: ${why}` };
  }
}

async function write(
  context: Context,
  control: ReturnType<typeof controlActivities>,
  scribe: Scribe,
  end: End,
): Promise<Outcome> {
  context.state.description = end.description;
  await scribe.flush();
  const restore = end.restore ?? end.outcome === 'cancelled';
  const { outcome, description } = end;
  await control.conclude({ deployment: context.input.id, outcome, description, restore });
  return end.outcome;
}

function takenOver({ state }: Context): Ending {
  return { kind: 'superseded', by: state.supersededBy ?? '', reason: '' };
}

/** A newer deployment must not wait for a restore that cannot end; false where it came. */
async function restoredUnlessSuperseded(context: Context): Promise<boolean> {
  const scope = new CancellationScope();
  const work = scope.run(() => restoreTouched(context));
  const superseded = condition(() => context.state.supersededBy !== undefined).then(() => scope.cancel());
  superseded.catch(() => undefined);
  try {
    await work;
    return true;
  } catch (error) {
    if (context.state.supersededBy === undefined) throw error;
    return false;
  }
}

function verdict(ending: Ending | undefined): { outcome: Outcome; description: string } {
  if (!ending) return { outcome: 'succeeded', description: 'reached the wanted state' };
  const why = ending.reason ? `: ${ending.reason}` : '';
  switch (ending.kind) {
    case 'cancel':
      return { outcome: 'cancelled', description: `cancelled by ${ending.by}${why}` };
    case 'close':
      return { outcome: 'failed', description: `closed by ${ending.by}${why}` };
    case 'reject':
      return { outcome: 'cancelled', description: `rejected by ${ending.by}${why}` };
    case 'failed':
      return { outcome: 'failed', description: ending.reason };
    case 'superseded':
      return { outcome: 'superseded', description: `superseded by deployment ${ending.by}` };
  }
}

/**
 * Old instances take their time to come back. Who asks meanwhile is told of that, and not of the gate at which
 * the command met it.
 */
async function restoreTouched(context: Context): Promise<void> {
  const { input, state, scribe } = context;
  const touched = input.steps.slice(0, state.step).reverse();
  if (touched.length === 0) return;
  const work = () => restore(context, touched);
  if (!patched('restore-is-shown')) return work();
  const gate = {
    kind: 'readiness',
    since: now(),
    who: 'anyone who may deploy: rollback, or a change with force',
    description: `${state.description}; waits for the old instances`,
  } as const;
  await scribe.atGate({ gate }, work);
}

/** Every app that a step touched goes back to what it was, the last touched first. */
async function restore({ input, long }: Context, touched: Step[]): Promise<void> {
  const { id: deployment, environment } = input;
  const done = new Set<string>();
  for (const step of touched) {
    const apps = [...new Set(step.actions.map((action) => action.app))].filter((app) => !done.has(app));
    for (const app of apps) done.add(app);
    const summary = (app: string) => ({ summary: `restore ${app}`.slice(0, 200) });
    await settle(
      apps.map((app) =>
        long.restoreApplication.executeWithOptions(summary(app), [{ deployment, environment, app }]),
      ),
    );
  }
}
