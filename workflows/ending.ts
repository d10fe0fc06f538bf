import { CancellationScope, condition } from '@temporalio/workflow';
import type { Outcome } from '../src/model/deployment.js';
import type { Context } from './context.js';
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
  if (outcome === 'cancelled' && !(await restoredUnlessSuperseded(context)))
    return write(context, control, scribe, verdict(takenOver(context)));
  return write(context, control, scribe, { outcome, description });
}

async function write(
  context: Context,
  control: ReturnType<typeof controlActivities>,
  scribe: Scribe,
  end: { outcome: Outcome; description: string },
): Promise<Outcome> {
  context.state.description = end.description;
  await scribe.flush();
  const restore = end.outcome === 'cancelled';
  await control.conclude({ deployment: context.input.id, ...end, restore });
  return end.outcome;
}

function takenOver({ state }: Context): Ending {
  return { kind: 'superseded', by: state.supersededBy ?? '', reason: '' };
}

/** A newer deployment must not wait for a restore that cannot end; false where it came. */
async function restoredUnlessSuperseded(context: Context): Promise<boolean> {
  const scope = new CancellationScope();
  const work = scope.run(() => restore(context));
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
    case 'superseded':
      return { outcome: 'superseded', description: `superseded by deployment ${ending.by}` };
  }
}

/** Every app that a step touched goes back to what it was, the last touched first. */
async function restore({ input, state, long }: Context): Promise<void> {
  const { id: deployment, environment } = input;
  const touched = input.steps.slice(0, state.step).reverse();
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
