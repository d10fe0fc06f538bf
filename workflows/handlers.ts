import { ApplicationFailure, CancellationScope, patched, setHandler } from '@temporalio/workflow';
import type { CommandBody } from '../src/model/deployment.js';
import { applyCommand, refusal } from './commands.js';
import {
  type CommandAnswer,
  calendarChangedSignal,
  commandSignal,
  commandUpdate,
  currentStepQuery,
  statusQuery,
  supersededSignal,
  WORKFLOW_COMMANDS,
  type WorkflowCommand,
  waveChangedSignal,
} from './messages.js';
import type { Scribe } from './scribe.js';
import type { State } from './state.js';
import { describeStatus, describeStep } from './status.js';
import type { DeploymentInput } from './types.js';

/** Request ids kept for answering a repetition. */
const ANSWERED_KEPT = 200;

/** Registers every signal, update and query; must run before the first await. */
export function registerHandlers(input: DeploymentInput, state: State, scribe: Scribe): void {
  for (const command of WORKFLOW_COMMANDS) registerCommand(command, state, scribe);
  setHandler(supersededSignal, ({ by }) => {
    state.supersededBy = by;
    state.ending ??= { kind: 'superseded', by, reason: `deployment ${by} took over` };
  });
  setHandler(calendarChangedSignal, () => {
    state.calendar = true;
    state.calendarNews += 1;
  });
  setHandler(waveChangedSignal, () => {
    state.waveNews += 1;
  });
  setHandler(currentStepQuery, () => describeStep(input, state));
  setHandler(statusQuery, () => describeStatus(input, state));
}

function registerCommand(command: WorkflowCommand, state: State, scribe: Scribe): void {
  setHandler(commandSignal(command), (body) => signalled(command, body ?? {}, state, scribe));
  const carryOut = (body: CommandBody) => take(command, { channel: 'api', ...body }, state, scribe);
  setHandler(commandUpdate(command), (body) => onceWritten(carryOut(body), scribe), {
    validator: (body) => {
      const refused = isRepeated(state, body) ? undefined : refusal(state, command, body);
      if (refused) throw ApplicationFailure.nonRetryable(refused.message, refused.code);
    },
  });
}

/** Who gets the answer reads the deployment next, which then shows what was decided. */
function onceWritten(answer: CommandAnswer, scribe: Scribe): CommandAnswer | Promise<CommandAnswer> {
  if (!patched('answers-once-written')) return answer;
  return CancellationScope.nonCancellable(() => scribe.written()).then(() => answer);
}

/** A signal has no answer: what does not apply is kept in the ledger as refused. */
function signalled(command: WorkflowCommand, body: CommandBody, state: State, scribe: Scribe): void {
  const signal = { channel: 'signal' as const, ...body };
  const refused = isRepeated(state, body) ? undefined : refusal(state, command, body);
  if (refused) scribe.refused(command, signal, refused.message);
  else take(command, signal, state, scribe);
}

function take(command: WorkflowCommand, body: CommandBody, state: State, scribe: Scribe): CommandAnswer {
  if (isRepeated(state, body)) return { repeated: true, description: state.description };
  if (body.requestId) state.answered = [...state.answered, body.requestId].slice(-ANSWERED_KEPT);
  const description = applyCommand(state, command, body);
  scribe.decided(command, body, description);
  if (command === 'edit' || command === 'setPauseMode') scribe.options();
  if (command === 'rollback') scribe.rollback(body);
  return { repeated: false, description };
}

function isRepeated(state: State, body: CommandBody | undefined): boolean {
  return body?.requestId !== undefined && state.answered.includes(body.requestId);
}
