import { ActivityFailure, CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow';
import type { WaveEnd } from '../activities/types.js';
import { isEnded, type Outcome, type Step } from '../src/model/deployment.js';
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
  if (ending?.kind === 'close') await closeWave(context, ending);
  // A rejected one has touched nothing; the waves before it stay released.
  if (ending?.kind === 'cancel' && !(await restoredUnlessSuperseded(context, ending)))
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
async function restoredUnlessSuperseded(context: Context, ending: Ending): Promise<boolean> {
  const scope = new CancellationScope();
  const work = scope.run(() => restoreTouched(context, ending));
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
async function restoreTouched(context: Context, ending: Ending): Promise<void> {
  const { input, state, scribe } = context;
  const touched = [...input.steps.slice(0, state.step).entries()].reverse();
  if (touched.length === 0) return;
  const work = () => restore(context, touched, ending);
  if (!patched('restore-is-shown')) return work();
  const gate = {
    kind: 'readiness',
    since: now(),
    who: 'anyone who may deploy: rollback, or a change with force',
    description: `${state.description}; waits for the old instances`,
  } as const;
  await scribe.atGate({ gate }, work);
}

/** Every app or environment that a step touched goes back to what it was, the last touched first. */
async function restore(context: Context, touched: [number, Step][], ending: Ending): Promise<void> {
  const done = new Set<string>();
  for (const [index, { actions }] of touched) {
    const fresh = [...new Set(actions.map(({ app }) => app))].filter((app) => !done.has(app));
    for (const app of fresh) done.add(app);
    const isWave = actions.some(({ wave }) => wave);
    await settle(
      fresh.map((app) => (isWave ? undoWave(context, index + 1, app, ending) : restoreApp(context, app))),
    );
  }
}

function restoreApp({ input, long }: Context, app: string): Promise<void> {
  const { id: deployment, environment } = input;
  const summary = `restore ${app}`.slice(0, 200);
  return long.restoreApplication.executeWithOptions({ summary }, [{ deployment, environment, app }]);
}

async function undoWave(context: Context, wave: number, environment: string, ending: Ending): Promise<void> {
  const { input, waves, state } = context;
  const { child } = await waves.endWave(endOfWave(context, wave, 'cancel', ending));
  if (child === undefined) return;
  const ref = { deployment: input.id, child, environment };
  for (;;) {
    const { waveNews } = state;
    if (isEnded((await waves.seeWave(ref)).state)) return;
    await condition(() => state.waveNews > waveNews);
  }
}

/** What the wave has done stays as it is. */
async function closeWave(context: Context, ending: Ending): Promise<void> {
  const { state, input, waves } = context;
  const isWave = input.steps[state.step - 1]?.actions.some(({ wave }) => wave);
  if (isWave) await waves.endWave(endOfWave(context, state.step, 'close', ending));
}

function endOfWave({ input }: Context, wave: number, how: WaveEnd['how'], { by, reason }: Ending): WaveEnd {
  return { deployment: input.id, wave, how, body: { by, reason, channel: 'system' } };
}
