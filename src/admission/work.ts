import { sql } from 'drizzle-orm';
import { notFound } from '../errors.js';
import type { App, PathId, Timestamp } from '../model/app.js';
import type { DeploymentOptions } from '../model/deployment.js';
import { rows } from '../store/db.js';
import type { Store } from '../store/store.js';

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
  currentStep: number;
  options: DeploymentOptions;
  target: App | null;
  original: App | null;
}

/**
 * The app as of the deployment's version and as of just before it. One before it that was cancelled meanwhile may have
 * brought back what was there before both: that is wanted then. Throws 404 for an unknown deployment.
 */
export async function loadWork(store: Store, deployment: string, app: PathId): Promise<Work> {
  const [row] = await rows<WorkRow>(
    store.db,
    sql`select d.environment, d.current_step as "currentStep", d.options,
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
  const { target, original, ...rest } = row;
  return { ...rest, ...(target ? { target } : {}), ...(original ? { original } : {}) };
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
