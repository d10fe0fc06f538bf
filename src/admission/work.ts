import { sql } from 'drizzle-orm';
import { notFound } from '../errors.js';
import type { App, PathId, Timestamp } from '../model/app.js';
import type { DeploymentOptions, Step } from '../model/deployment.js';
import { rows } from '../store/db.js';
import type { Store } from '../store/store.js';
import type { Behind } from './progress.js';

/** What a deployment wants of one app. */
export interface Work {
  environment: string;
  /** The step that it is at; 0 before the first. */
  currentStep: number;
  /** Absent where the app is to be removed. */
  target?: App;
  /** As it was before the deployment; absent where it was not there. */
  original?: App;
  options: DeploymentOptions;
}

interface WorkRow {
  environment: string;
  version: Timestamp;
  currentStep: number;
  options: DeploymentOptions;
  steps: Step[] | null;
  target: App | null;
  original: App | null;
}

/** Bytes of a plan that is read beside the work. Of a larger one each of a thousand actions would read all. */
const SMALL_PLAN = 4_000;

/**
 * The app as of the deployment's version and as of just before it. One before it that was cancelled meanwhile may have
 * brought back what was there before both: that is wanted then. Throws 404 for an unknown deployment.
 */
export async function loadWork(store: Store, deployment: string, app: PathId): Promise<Work> {
  return (await loadWorkAt(store, deployment, app, 0)).work;
}

/** The same; and where the deployment is before the step, it as well, unless its plan is large. */
export async function loadWorkAt(
  store: Store,
  deployment: string,
  app: PathId,
  step: number,
): Promise<{ work: Work; behind?: Behind }> {
  const [row] = await rows<WorkRow>(
    store.db,
    sql`select d.environment, d.version, d.current_step as "currentStep", d.options,
          case when d.current_step < ${step} and d.ended_at is null and pg_column_size(d.steps) < ${SMALL_PLAN}
            then d.steps end as steps,
          (select v.definition from app_versions v
            where v.environment = d.environment and v.app_id = ${app} and (v.at <= d.version or exists (
              select 1 from deployments e where e.id = v.deployment_id and e.sequence < d.sequence))
            order by v.at desc limit 1) as target,
          (select v.definition from app_versions v
            where v.environment = d.environment and v.app_id = ${app} and v.at < d.version
            order by v.at desc limit 1) as original
        from deployments d where d.id = ${deployment}`,
  );
  if (row === undefined) throw notFound(`DeploymentPlan ${deployment} does not exist`);
  const { environment, version, currentStep, options, steps, target, original } = row;
  const apps = { ...(target ? { target } : {}), ...(original ? { original } : {}) };
  const work = { environment, currentStep, options, ...apps };
  if (steps === null) return { work };
  return { work, behind: { id: deployment, environment, version, steps, before: currentStep } };
}

/** The latest definition of an app whose instances carry this run version. */
export async function definitionOfRun(
  store: Store,
  environment: string,
  app: PathId,
  runVersion: Timestamp,
): Promise<App | undefined> {
  const [row] = await rows<{ definition: App }>(
    store.db,
    sql`select definition from app_versions
        where environment = ${environment} and app_id = ${app}
          and definition->'versionInfo'->>'lastConfigChangeAt' = ${runVersion}
        order by at desc limit 1`,
  );
  return row?.definition;
}
