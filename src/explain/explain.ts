import { possibleCommands, situationOf } from '../model/command-table.js';
import { type ActionProgress, type Deployment, isEnded } from '../model/deployment.js';
import type { Instance, Waiting } from '../model/instance.js';
import { isAlive } from '../model/instance.js';
import { progressSentence, sentence } from '../model/sentence.js';
import type { ExplainedInstance, Explanation } from './types.js';

/** All that an explanation rests on. */
export interface Facts {
  deployment: Deployment;
  /** Of the versions that the deployment brings. */
  instances: Instance[];
  waiting: Waiting[];
}

/** So many instances are told one by one; the rest has the same trouble most often. */
const TOLD = 10;

/** Why it does not move: the gate that holds it, or what the present batch waits for. */
export function explain({ deployment, instances, waiting }: Facts): Explanation {
  const { gate, state } = deployment;
  const who = gate?.who ?? 'anyone who may deploy';
  return {
    description: describe(deployment),
    ...(gate ? { gate: gate.kind } : state === 'running' ? { gate: 'readiness' as const } : {}),
    since: gate?.since ?? deployment.endedAt ?? deployment.startedAt ?? deployment.acceptedAt,
    ...(gate?.until ? { until: gate.until } : {}),
    ...thenOf(gate),
    canAct: possibleCommands(situationOf(state, gate)).map((command) => ({
      command,
      who: whoMay(command, who),
    })),
    instances: [...troubled(instances, deployment), ...waiting.flatMap(launching)].slice(0, TOLD),
  };
}

function thenOf(gate: Deployment['gate']): { then?: string } {
  const then = gate?.then;
  return then ? { then } : {};
}

function describe(deployment: Deployment): string {
  const { gate, state, description, currentStep, totalSteps } = deployment;
  if (gate) return sentence(gate);
  if (isEnded(state)) return ended(deployment);
  if (state === 'accepted') return description;
  const actions = deployment.steps[currentStep - 1]?.actions ?? [];
  const open = actions.filter((action) => action.state !== 'done');
  if (open.length === 0) return description;
  return progressSentence({ step: currentStep, steps: totalSteps }, open, openOf);
}

function openOf({ action, app, batch, batches, state, description }: ActionProgress) {
  const where = batch === undefined || batches === undefined ? {} : { batch, batches };
  return { action, app, ...where, ...(state === 'running' ? { waitsFor: description } : {}) };
}

function ended({ state, description, endedAt, rolledBackBy, supersededBy }: Deployment): string {
  const next = rolledBackBy
    ? `; rolled back by deployment ${rolledBackBy}`
    : supersededBy
      ? `; deployment ${supersededBy} took over`
      : '';
  return `${state} at ${endedAt}: ${description}${next}`;
}

/** Approvals are for those that it names, everything else for whoever may deploy. */
function whoMay(command: string, who: string): string {
  return command === 'approve' || command === 'reject' ? (who.split(':')[0] ?? who) : 'anyone who may deploy';
}

/** Those that are not ready, and those that ended by themselves since it began. */
function troubled(instances: Instance[], { acceptedAt }: Deployment): ExplainedInstance[] {
  return instances
    .filter(
      ({ state, ready, endedAt = '' }) =>
        (isAlive(state) && state !== 'killing' && !ready) ||
        ((state === 'failed' || state === 'finished') && endedAt >= acceptedAt),
    )
    .sort((a, b) => (b.endedAt ?? b.since).localeCompare(a.endedAt ?? a.since))
    .map(told);
}

function told(instance: Instance): ExplainedInstance {
  const { id, version, ordinal, state, exitStatus, message } = instance;
  return {
    id,
    version,
    ...(ordinal === undefined ? {} : { ordinal }),
    state,
    ...failingCheck(instance),
    ...(exitStatus === undefined ? {} : { exitStatus }),
    lastLog: [],
    ...(message === undefined ? {} : { waitingFor: message }),
  };
}

function failingCheck({ healthCheckResults, readinessResults }: Instance) {
  const health = healthCheckResults.findIndex(({ alive }) => !alive);
  const cause = healthCheckResults[health]?.lastFailureCause;
  if (health >= 0) return { check: `health check ${health}`, ...(cause ? { lastAnswer: cause } : {}) };
  const readiness = readinessResults.find(({ ready }) => !ready);
  if (!readiness) return {};
  const { lastResponse } = readiness;
  const answer = lastResponse
    ? { lastAnswer: `${lastResponse.status} ${lastResponse.body}`.slice(0, 300) }
    : {};
  return { check: `readiness check ${readiness.name}`, ...answer };
}

function launching({ app, version, count, description }: Waiting): ExplainedInstance[] {
  const id = `${count} of ${app}`;
  return [{ id, version, state: 'waiting', lastLog: [], waitingFor: description }];
}
