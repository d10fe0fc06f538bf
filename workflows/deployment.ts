import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Outcome, Step } from '../src/model/deployment.js';
import type { Context } from './context.js';
import { conclude } from './ending.js';
import { pass, passBeginning } from './gates/index.js';
import { registerHandlers } from './handlers.js';
import { tell } from './log.js';
import { controlActivities, longActivities, quickActivities, waveActivities } from './proxies.js';
import { Scribe } from './scribe.js';
import { SEARCH_GATE, SEARCH_STEP } from './search-attributes.js';
import { initialState, type State } from './state.js';
import { runStep } from './step.js';
import type { DeploymentInput, Ending, ResumePoint } from './types.js';

/**
 * One deployment, from its first step to its one end. The workflow's id is the deployment's.
 * Closes as Failed on `close`, else as Completed with the outcome as its result; `cancel` and the UI's button take
 * the same way.
 */
export async function deployment(input: DeploymentInput): Promise<Outcome> {
  const state = initialState(input);
  const control = controlActivities();
  const scribe = new Scribe(input, state, control);
  registerHandlers(input, state, scribe);
  const context = contextOf(input, state, scribe, control);
  tell(input.resume ? 'deployment goes on in a new run' : 'deployment begins', input, state);

  const ending = await carryOut(context, scribe);
  return CancellationScope.nonCancellable(async () => {
    if (ending === 'continue') return goOnInNewRun(input, state, scribe);
    const outcome = await conclude(context, control, scribe, ending);
    await condition(allHandlersFinished);
    return closeAs(outcome, state.description);
  });
}

function contextOf(
  input: DeploymentInput,
  state: State,
  scribe: Scribe,
  control: Context['control'],
): Context {
  return {
    input,
    state,
    scribe,
    control,
    quick: quickActivities(input),
    long: longActivities(input),
    waves: waveActivities(),
    shouldContinue: () => workflowInfo().continueAsNewSuggested,
  };
}

/** The steps in order, until they are done or a command, a newer deployment or the UI's cancel ends them. */
async function carryOut(context: Context, scribe: Scribe): Promise<Ending | 'continue' | undefined> {
  const { state } = context;
  const story = new CancellationScope();
  const aside = new CancellationScope({ cancellable: false });
  const writing = aside.run(() => scribe.run());
  writing.catch(() => undefined);
  const ended = condition(() => state.ending !== undefined).then(() => story.cancel());
  ended.catch(() => undefined);
  try {
    const ended = await story.run(() => runSteps(context));
    return state.ending ?? (ended === 'yield' ? 'continue' : undefined);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    state.ending ??= { kind: 'cancel', by: 'the Temporal UI', reason: 'workflow cancelled' };
    return state.ending;
  }
}

async function runSteps(context: Context): Promise<'done' | 'yield'> {
  const { input, state } = context;
  const from = input.resume?.step ?? 0;
  if (!input.resume) await passBeginning(context);
  for (const [index, step] of input.steps.entries()) {
    if (index < from) continue;
    if (index > from && context.shouldContinue()) return 'yield';
    await pass(context, `step ${index + 1}/${input.steps.length}`, appsOf(step));
    begin(context, step, index + 1);
    tell('step begins', input, state, { steps: input.steps.length });
    const ended = await runStep(context, step, index === from ? (input.resume?.batches ?? []) : []);
    if (ended === 'yield') return 'yield';
  }
  return 'done';
}

/** A wave has none here: its own deployment asks for the calendar of its apps. */
function appsOf(step: Step): string[] {
  return [...new Set(step.actions.flatMap(({ app, wave }) => (wave ? [] : [app])))];
}

function begin({ input, state, scribe }: Context, step: Step, number: number): void {
  const total = input.steps.length;
  state.step = number;
  state.running = step.actions.map((action) => ({ action, batch: 0, batches: 0, done: false }));
  const names = [...new Set(step.actions.map((action) => action.action))].join(', ');
  state.description = scribe.progress();
  upsertSearchAttributes([
    { key: SEARCH_STEP, value: `${number}/${total} ${names}` },
    { key: SEARCH_GATE, value: 'readiness' },
  ]);
  scribe.tellProgress();
}

/** The history has grown long: the same workflow goes on in a new run, at the next batch or step. */
async function goOnInNewRun(input: DeploymentInput, state: State, scribe: Scribe): Promise<never> {
  await scribe.flush();
  await condition(allHandlersFinished);
  const stepDone = state.running.every((running) => running.done);
  const resume: ResumePoint = {
    step: stepDone ? state.step : state.step - 1,
    batches: stepDone ? [] : state.running.map((running) => (running.done ? -1 : running.batch)),
    paused: state.paused,
    firstBatchDone: state.firstBatchDone,
    options: state.options,
    edits: state.edits,
    calendar: state.calendar,
    opened: state.opened,
    failures: state.failures,
    ...(state.ending ? { ending: state.ending } : {}),
    answered: state.answered,
  };
  return continueAsNew<typeof deployment>({ ...input, resume });
}

function closeAs(outcome: Outcome, description: string): Outcome {
  if (outcome === 'failed') throw ApplicationFailure.nonRetryable(description, 'DeploymentFailed');
  return outcome;
}
