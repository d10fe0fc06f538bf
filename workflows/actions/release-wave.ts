import { ActivityFailure, ApplicationFailure, condition, isCancellation } from '@temporalio/workflow';
import type { WaveChildRef, WaveSeen } from '../../activities/types.js';
import { type Action, isEnded } from '../../src/model/deployment.js';
import type { Wave, WaveGate } from '../../src/model/wave.js';
import { type Context, type Ended, type Place, runningOf } from '../context.js';
import { passApproval } from '../gates/approval.js';
import { passPause } from '../gates/pause.js';
import { now } from '../gates/wait.js';
import type { RunningWave } from '../state.js';
import { attempt } from './attempt.js';

/** Releases in one environment, by a deployment of its own; holds where that one does not succeed. */
export async function releaseWave(context: Context, action: Action, place: Place): Promise<Ended> {
  const { wave } = action;
  if (!wave) throw new Error(`${action.action} of ${action.app} has no wave`);
  const what = `wave ${context.state.step}/${context.input.steps.length} in ${wave.environment}`;
  if (wave.gate !== undefined) await passGate(context, wave.gate, what);
  let attempts = 0;
  await attempt(context, {
    what,
    action,
    interruptible: false,
    run: () => runWave(context, wave, what, ++attempts),
  });
  runningOf(context, place).done = true;
  return 'done';
}

async function passGate(context: Context, gate: WaveGate, next: string): Promise<void> {
  const { input, state, waves } = context;
  await waves.reachWave({ deployment: input.id, wave: state.step });
  if (gate === 'manual') return passPause(context, next, { manual: true });
  if ('approval' in gate) return passApproval(context, gate.approval);
  return passPause(context, next, { until: Date.now() + gate.soakSeconds * 1000 });
}

async function runWave(
  context: Context,
  { environment }: Wave,
  what: string,
  attempt: number,
): Promise<void> {
  const { input, state, waves } = context;
  const ref = { deployment: input.id, wave: state.step, attempt };
  const summary = `${environment}: begin`.slice(0, 200);
  const { child } = await waves.beginWave.executeWithOptions({ summary }, [ref]);
  state.wave = { child, handOn: [] };
  try {
    const end = await untilEnded(context, what, { ...ref, child, environment });
    if (end.state === 'succeeded') return;
    const why = `deployment ${child} ended as ${end.state}: ${end.description}`;
    throw ApplicationFailure.nonRetryable(why, 'WaveFailed');
  } finally {
    delete state.wave;
  }
}

async function untilEnded(context: Context, what: string, ref: WaveChildRef): Promise<WaveSeen> {
  let seen = await context.waves.seeWave(ref);
  while (!isEnded(seen.state)) {
    const before = seen;
    context.state.description = `${what}: ${before.description}`;
    const next = () => nextChange(context, ref, before);
    seen = before.state === 'held' ? await whileHeld(context, what, ref, before, next) : await next();
  }
  return seen;
}

/** The service tells that something changed; what is true then is asked. Meanwhile commands are handed on. */
async function nextChange(context: Context, ref: WaveChildRef, before: WaveSeen): Promise<WaveSeen> {
  const { state, waves } = context;
  const orders = state.wave?.handOn ?? [];
  for (;;) {
    const { waveNews } = state;
    const seen = await waves.seeWave(ref);
    if (seen.state !== before.state || seen.description !== before.description) return seen;
    await condition(() => state.waveNews > waveNews || orders.length > 0);
    await handOn(context, ref.child, orders);
  }
}

function whileHeld<T>(
  { scribe }: Context,
  what: string,
  { child }: WaveChildRef,
  { description }: WaveSeen,
  wait: () => Promise<T>,
): Promise<T> {
  const gate = {
    kind: 'failure',
    since: now(),
    who: `anyone who may deploy, here or at deployment ${child}: retry, force, rollback, cancel or close`,
    description: `${what} is held: ${description}`,
  } as const;
  return scribe.atGate({ gate }, wait);
}

/** A command that the wave's deployment refuses changes nothing, and the ledger says why. */
async function handOn(
  { waves, scribe }: Context,
  child: string,
  orders: RunningWave['handOn'],
): Promise<void> {
  for (const { command, body } of orders.splice(0)) {
    try {
      await waves.commandWave({ child, command, body });
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      scribe.decided(
        command,
        body,
        `refused by deployment ${child}: ${error.cause?.message ?? error.message}`,
      );
    }
  }
}
