import { sql } from 'drizzle-orm';
import type { ActionProgress, Deployment, Step } from '../model/deployment.js';
import { type Db, rows } from './db.js';

/** What a list of many deployments needs of each. */
export type RunningDeployment = Pick<
  Deployment,
  'id' | 'version' | 'affectedApps' | 'currentStep' | 'totalSteps'
> & { steps: { actions: RunningAction[] }[] };

type RunningAction = Pick<ActionProgress, 'action' | 'app' | 'readiness'>;

type Line = [
  id: string,
  version: string,
  affectedApps: string[],
  steps: Step[],
  currentStep: number,
  totalSteps: number,
  readiness: [position: number, ActionProgress['readiness']][] | null,
];

/**
 * Those that have not ended, the oldest first, with what the actions of the current step say of readiness; no releases
 * over several environments. As one value: a thousand rows of columns cost many times what they hold.
 */
export async function runningDeployments(db: Db, environment: string): Promise<RunningDeployment[]> {
  const [found] = await rows<{ lines: Line[] | null }>(
    db,
    sql`select json_agg(json_build_array(d.id, d.version, d.affected_apps, d.steps, d.current_step, d.total_steps, (
          select json_agg(json_build_array(a.position, a.progress->'readiness')) from deployment_actions a
          where a.deployment_id = d.id and a.step = d.current_step and a.progress ? 'readiness'
        )) order by d.sequence) as lines
        from deployments d where d.environment = ${environment} and d.ended_at is null and d.waves is null`,
  );
  return (found?.lines ?? []).map(running);
}

/** Ids of those that have not ended and do not wait for their turn. */
export async function begunDeployments(db: Db, environment: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    db,
    sql`select id from deployments
        where environment = ${environment} and ended_at is null and state <> 'queued' order by sequence`,
  );
  return found.map(({ id }) => id);
}

function running([id, version, affectedApps, steps, currentStep, totalSteps, readiness]: Line) {
  const known = new Map(readiness ?? []);
  const withReadiness = (action: RunningAction, position: number) => {
    const found = known.get(position);
    return found ? { ...action, readiness: found } : action;
  };
  const shown = steps.map(({ actions }, index) => ({
    actions: index + 1 === currentStep ? actions.map(withReadiness) : actions,
  }));
  return { id, version, affectedApps, steps: shown, currentStep, totalSteps };
}
