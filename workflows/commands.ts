import { PAUSE_MODES } from '../src/model/app.js';
import type { CommandBody } from '../src/model/deployment.js';
import type { WorkflowCommand } from './messages.js';
import { currentBatch, type State } from './state.js';

/** Why a command does not apply now; `stale` where `expect` names another step or batch than the present one. */
export interface Refusal {
  code: 'not_applicable' | 'stale' | 'invalid';
  message: string;
}

/** The reason to refuse a command, or nothing where it applies. Pure: the validator of the updates and the signals share it. */
export function refusal(state: State, command: WorkflowCommand, body: CommandBody): Refusal | undefined {
  if (state.ending) return notApplicable(`it is ending already (${state.ending.kind} by ${state.ending.by})`);
  return stale(state, body) ?? inapplicable(state, command, body);
}

function stale(state: State, { expect }: CommandBody): Refusal | undefined {
  const batch = currentBatch(state);
  if (expect?.step !== undefined && expect.step !== state.step)
    return { code: 'stale', message: `expected step ${expect.step}, but it is at step ${state.step}` };
  if (expect?.batch !== undefined && expect.batch !== batch)
    return { code: 'stale', message: `expected batch ${expect.batch}, but it is at batch ${batch}` };
  return undefined;
}

function inapplicable(state: State, command: WorkflowCommand, body: CommandBody): Refusal | undefined {
  switch (command) {
    case 'pause':
      return state.paused ? notApplicable('it is paused already') : undefined;
    case 'resume':
    case 'advance':
      return state.paused ? undefined : notApplicable('it is not paused');
    case 'setPauseMode':
      return body.mode && body.mode in PAUSE_MODES
        ? undefined
        : { code: 'invalid', message: `mode must be one of ${Object.keys(PAUSE_MODES).join(', ')}` };
    case 'cancel':
    case 'close':
    case 'force':
    case 'retry':
    case 'rollback':
      return undefined;
  }
}

function notApplicable(message: string): Refusal {
  return { code: 'not_applicable', message };
}

/** Changes the state as the command says and returns a sentence for the ledger. */
export function applyCommand(state: State, command: WorkflowCommand, body: CommandBody): string {
  const by = body.by ?? 'anonymous';
  switch (command) {
    case 'pause':
      state.paused = true;
      return 'pauses at the next batch or step';
    case 'resume':
      state.paused = false;
      state.passes = 0;
      return 'goes on';
    case 'advance':
      state.passes += 1;
      return 'lets one batch go';
    case 'cancel':
    case 'close':
      state.ending = { kind: command, by, reason: body.reason ?? '' };
      return command === 'cancel' ? 'restores the old state' : 'ends as failed, leaves things as they are';
    case 'force':
      state.paused = false;
      state.forces += 1;
      return 'goes on past what held it';
    case 'retry':
      return retry(state);
    case 'rollback':
      return 'a new deployment reverts this one';
    case 'setPauseMode':
      state.pauseMode = body.mode ?? 'none';
      return `pause mode is now ${state.pauseMode}`;
  }
}

function retry(state: State): string {
  if (state.failed === 0) return 'nothing had failed; nothing changed';
  state.retries += 1;
  return 'tries again what failed';
}
