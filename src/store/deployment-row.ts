import { sql } from 'drizzle-orm';
import {
  ACTIONS,
  type Action,
  type ActionProgress,
  type Deployment,
  type DeploymentState,
  isEnded,
  type WaveProgress,
} from '../model/deployment.js';
import type { Wave } from '../model/wave.js';
import { optional } from './compact.js';
import { deployments } from './schema.js';

const d = deployments;

/** Columns that a Deployment is made of; `changes` can be large and is read on its own. */
export const DEPLOYMENT_COLUMNS = {
  id: d.id,
  sequence: d.sequence,
  environment: d.environment,
  version: d.version,
  state: d.state,
  description: d.description,
  affectedApps: d.affectedApps,
  steps: d.steps,
  warnings: d.warnings,
  options: d.options,
  currentStep: d.currentStep,
  totalSteps: d.totalSteps,
  gate: d.gate,
  by: d.by,
  reason: d.reason,
  acceptedAt: d.acceptedAt,
  startedAt: d.startedAt,
  endedAt: d.endedAt,
  outcome: d.outcome,
  supersedes: d.supersedes,
  supersededBy: d.supersededBy,
  rollbackOf: d.rollbackOf,
  rolledBackBy: d.rolledBackBy,
  /** Without what the waves change, which can be large. */
  waves: sql<Wave[] | null>`(select jsonb_agg(w.value - 'change' order by w.n)
    from jsonb_array_elements(${d.waves}) with ordinality as w(value, n))`,
  parent: d.parent,
};

export type DeploymentRow = Pick<
  typeof deployments.$inferSelect,
  Exclude<keyof typeof DEPLOYMENT_COLUMNS, 'waves'>
> & { waves: Wave[] | null };

/** What is known of a deployment beside its row. */
export interface Known {
  reported?: Reported[] | undefined;
  waves?: WaveProgress[] | undefined;
}

/** What an action reported, and which it was. */
export interface Reported {
  step: number;
  position: number;
  progress: ActionProgress;
}

/** The row as /api shows it, with what its actions reported so far. */
export function deploymentOf(row: DeploymentRow, { reported = [], waves }: Known): Deployment {
  const { gate, startedAt, endedAt, outcome, supersededBy, rollbackOf, rolledBackBy, supersedes, parent } =
    row;
  return {
    id: row.id,
    environment: row.environment,
    version: row.version,
    state: row.state,
    description: row.description,
    affectedApps: row.affectedApps,
    steps: progressOf(row, reported),
    currentStep: row.currentStep,
    totalSteps: row.totalSteps,
    options: row.options,
    by: row.by,
    reason: row.reason,
    warnings: row.warnings,
    acceptedAt: row.acceptedAt,
    ...optional({ gate, startedAt, endedAt, outcome, supersededBy, rollbackOf, rolledBackBy, waves, parent }),
    ...(supersedes.length > 0 ? { supersedes } : {}),
  };
}

function progressOf(row: DeploymentRow, reported: Reported[]): Deployment['steps'] {
  const known = new Map(reported.map((r) => [`${r.step}.${r.position}`, r.progress]));
  return row.steps.map((step, index) => ({
    actions: step.actions.map((action, position) =>
      settled(row.state, known.get(`${index + 1}.${position}`) ?? pending(action)),
    ),
  }));
}

function pending({ action, app, reason }: Action): ActionProgress {
  return { action, app, state: 'pending', description: reason ?? ACTIONS[action] };
}

/** No action is on its way in a deployment that has ended, whatever it reported last. */
function settled(state: DeploymentState, progress: ActionProgress): ActionProgress {
  if (!isEnded(state) || progress.state === 'done') return progress;
  return { ...progress, state: state === 'succeeded' ? 'done' : 'cancelled' };
}
