import { patched } from '@temporalio/workflow';
import { PAUSE_MODES } from '../src/model/app.js';
import { applies } from '../src/model/command-table.js';
import type { CommandBody, GateKind } from '../src/model/deployment.js';
import { applyEdit, refuseEdit } from './edit.js';
import type { WorkflowCommand } from './messages.js';
import type { Refusal } from './refusal.js';
import { currentBatch, type RunningWave, type State, situationsOf } from './state.js';

/** The reason to refuse a command, or nothing where it applies. Pure: the validator of the updates and the signals share it. */
export function refusal(state: State, command: WorkflowCommand, body: CommandBody): Refusal | undefined {
  if (state.ending && command !== 'rollback')
    return notApplicable(`it is ending already (${state.ending.kind} by ${state.ending.by})`);
  return stale(state, body) ?? outOfPlace(state, command) ?? wrong(state, command, body);
}

function stale(state: State, { expect }: CommandBody): Refusal | undefined {
  const batch = currentBatch(state);
  if (expect?.step !== undefined && expect.step !== state.step)
    return { code: 'stale', message: `expected step ${expect.step}, but it is at step ${state.step}` };
  if (expect?.batch !== undefined && expect.batch !== batch)
    return { code: 'stale', message: `expected batch ${expect.batch}, but it is at batch ${batch}` };
  return undefined;
}

function outOfPlace(state: State, command: WorkflowCommand): Refusal | undefined {
  if (command === 'pause' && state.paused) return notApplicable('it is paused already');
  if (state.wave && isHandedOn(command)) return undefined;
  const situations = situationsOf(state);
  if (applies(command, situations)) return undefined;
  if (command === 'resume') return notApplicable('it is not paused');
  if (command === 'advance')
    return notApplicable(state.paused ? 'the batch before the pause still runs' : 'it is not paused');
  if (command === 'approve' || command === 'reject') return notApplicable('it does not wait for approvals');
  return notApplicable(`it is ${situations.join(' and ')}`);
}

function wrong(state: State, command: WorkflowCommand, body: CommandBody): Refusal | undefined {
  switch (command) {
    case 'setPauseMode':
      return body.mode && body.mode in PAUSE_MODES
        ? undefined
        : { code: 'invalid', message: `mode must be one of ${Object.keys(PAUSE_MODES).join(', ')}` };
    case 'edit':
      return refuseEdit(state, body);
    case 'approve':
    case 'reject':
      return notAllowed(state, command, body);
    case 'force':
      return withoutReason(state, body);
    default:
      return undefined;
  }
}

function notAllowed(state: State, command: WorkflowCommand, body: CommandBody): Refusal | undefined {
  const { by = 'anonymous', roles = [] } = body;
  const from = state.approval?.from ?? [];
  const allowed = [by, ...roles].some((name) => from.includes(name));
  if (!allowed) return forbidden(`${by} is none of those who may ${command}: ${from.join(', ')}`);
  if (command === 'reject') return undefined;
  if (by === state.startedBy) return forbidden(`${by} started it and may not approve it`);
  if (state.approvedBy.includes(by)) return notApplicable(`${by} has approved it already`);
  return undefined;
}

/** A break-glass is explained: that is what the ledger is read for. */
function withoutReason(state: State, { reason }: CommandBody): Refusal | undefined {
  const kind = state.waits.map(({ gate }) => gate.kind).find((k) => k === 'approval' || k === 'window');
  if (kind === undefined || reason?.trim()) return undefined;
  const what = kind === 'approval' ? 'an approval' : 'a window or freeze';
  return { code: 'reason_required', message: `force opens ${what} only with a reason` };
}

function notApplicable(message: string): Refusal {
  return { code: 'not_applicable', message };
}

function forbidden(message: string): Refusal {
  return { code: 'forbidden', message };
}

/** Changes the state as the command says and returns a sentence for the ledger. */
export function applyCommand(state: State, command: WorkflowCommand, body: CommandBody): string {
  const by = body.by ?? 'anonymous';
  if (state.wave && isHandedOn(command)) return handOn(state, state.wave, command, body);
  switch (command) {
    case 'pause':
      state.paused = true;
      return 'pauses at the next batch or step';
    case 'resume':
      state.paused = false;
      state.opens += 1;
      return 'goes on';
    case 'advance':
      state.opens += 1;
      return 'lets one batch go';
    case 'cancel':
    case 'close':
    case 'reject':
      state.ending = { kind: command, by, reason: body.reason ?? '' };
      return ENDS[command];
    case 'force':
      return force(state);
    case 'retry':
      return retry(state);
    case 'rollback':
      return 'a new deployment reverts this one';
    case 'setPauseMode':
      state.options = { ...state.options, pauseMode: body.mode ?? 'none' };
      return `pause mode is now ${state.options.pauseMode}`;
    case 'approve':
      state.approvedBy = [...state.approvedBy, by];
      return `approved by ${by}, ${state.approvedBy.length} of ${state.approval?.required ?? 1}`;
    case 'edit':
      return applyEdit(state, body);
  }
}

/** While a wave runs these are for its deployment, which judges them. */
const HANDED_ON: ReadonlySet<WorkflowCommand> = new Set([
  'pause',
  'resume',
  'advance',
  'force',
  'retry',
  'setPauseMode',
  'edit',
]);

function isHandedOn(command: WorkflowCommand): boolean {
  return HANDED_ON.has(command);
}

/** A pause also holds before the next wave. */
function handOn(state: State, wave: RunningWave, command: WorkflowCommand, body: CommandBody): string {
  if (command === 'pause' || command === 'resume') state.paused = command === 'pause';
  wave.handOn.push({ command, body });
  return `handed on to deployment ${wave.child}`;
}

const ENDS = {
  cancel: 'restores the old state',
  close: 'ends as failed, leaves things as they are',
  reject: 'ends as cancelled; nothing was touched',
} as const;

/** Opens what holds it now and nothing that comes later. */
function force(state: State): string {
  const kinds = state.waits.map(({ gate }) => gate.kind);
  if (state.paused && !isPauseToCome(kinds)) state.paused = false;
  state.forces += 1;
  for (const interrupt of state.interrupts) interrupt();
  state.opens += 1;
  if (kinds.includes('approval')) state.approvalForced = true;
  if (kinds.includes('startTime')) state.startForced = true;
  state.opened = [...new Set([...state.opened, ...state.waits.flatMap(({ by }) => by ?? [])])];
  state.calendarNews += 1;
  return kinds.length === 0 ? 'takes the batch as good' : `goes on past what held it (${kinds.join(', ')})`;
}

/** It was told to pause and has not come to that yet. */
function isPauseToCome(kinds: GateKind[]): boolean {
  return !kinds.includes('pause') && patched('force-keeps-what-comes');
}

function retry(state: State): string {
  if (!state.waits.some(({ gate }) => gate.kind === 'failure')) return 'nothing had failed; nothing changed';
  state.retries += 1;
  return 'tries again what failed';
}
