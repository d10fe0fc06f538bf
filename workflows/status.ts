import type { CurrentStep, WorkflowStatus } from './messages.js';
import { stateAt } from './scribe.js';
import { currentBatch, type State } from './state.js';
import type { DeploymentInput } from './types.js';

/** The answer of `currentStep`. */
export function describeStep(input: DeploymentInput, state: State): CurrentStep {
  return {
    currentStep: state.step,
    totalSteps: input.steps.length,
    actions: state.running.map(({ action, batch, batches, done }) => ({
      action: action.action,
      app: action.app,
      ...(batch > 0 ? { batch, batches } : {}),
      done,
    })),
    batch: currentBatch(state),
    ...(state.gate ? { gate: state.gate } : {}),
    description: state.description,
  };
}

/** The answer of `status`. */
export function describeStatus(input: DeploymentInput, state: State): WorkflowStatus {
  return {
    ...describeStep(input, state),
    id: input.id,
    state: state.gate ? stateAt(state.gate) : state.step === 0 ? 'waiting' : 'running',
    by: input.by,
    reason: input.reason,
    pauseMode: state.options.pauseMode ?? 'none',
  };
}
