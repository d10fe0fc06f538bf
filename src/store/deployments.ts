import { and, arrayContains, desc, eq, gte, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { notFound, type TerminalError } from '../errors.js';
import type { PathId, Timestamp } from '../model/app.js';
import type { ChangeSet, Deployment, DeploymentState } from '../model/deployment.js';
import { type Db, rows, textArray } from './db.js';
import { DEPLOYMENT_COLUMNS, type DeploymentRow, deploymentOf, type Reported } from './deployment-row.js';
import type { Page } from './ledger.js';
import { deploymentActions, deployments, ledger } from './schema.js';
import { progressOfWaves } from './waves.js';

export interface DeploymentFilter {
  state?: DeploymentState;
  app?: PathId;
  active?: boolean;
  /** Accepted then or later. */
  since?: Timestamp;
  limit?: number;
  /** `next` of the page before. */
  before?: string;
}

const PAGE = 100;

/** One deployment, live or ended; undefined where the environment has none with that id. */
export async function deploymentById(
  db: Db,
  environment: string,
  id: string,
): Promise<Deployment | undefined> {
  const [found] = await select(db, [eq(deployments.environment, environment), eq(deployments.id, id)], 1);
  if (found === undefined) return undefined;
  const [deployment] = await withProgress(db, [found]);
  return deployment;
}

/** 404: there never was one with that id, or it ended and has been removed; what was decided about it is kept. */
export async function missingDeployment(db: Db, environment: string, id: string): Promise<TerminalError> {
  const [decided] = await db
    .select({ id: ledger.id })
    .from(ledger)
    .where(and(eq(ledger.deploymentId, id), eq(ledger.environment, environment)))
    .limit(1);
  if (decided === undefined)
    return notFound(`There is no deployment '${id}' in the environment ${environment}.`);
  const text = `Deployment '${id}' has ended and is not kept any more; the ledger still has what was decided about it.`;
  return notFound(text);
}

/** Where a deployment is; undefined for an unknown one. */
export async function environmentOfDeployment(db: Db, id: string): Promise<string | undefined> {
  const [row] = await db
    .select({ environment: deployments.environment })
    .from(deployments)
    .where(eq(deployments.id, id));
  return row?.environment;
}

/** Deployments, the newest first. */
export async function pageDeployments(
  db: Db,
  environment: string,
  filter: DeploymentFilter,
): Promise<Page<Deployment>> {
  const limit = filter.limit ?? PAGE;
  const found = await select(
    db,
    [eq(deployments.environment, environment), ...conditions(filter)],
    limit + 1,
  );
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const items = await withProgress(db, shown);
  return { items, ...(found.length > limit && last ? { next: String(last.sequence) } : {}) };
}

/** Ids of the live deployments of each app; apps without any are absent. */
export async function activeByApp(db: Db, environment: string): Promise<Map<PathId, string[]>> {
  const found = await rows<{ app: PathId; ids: string[] }>(
    db,
    sql`select app, array_agg(id order by sequence) as ids
        from deployments, unnest(affected_apps) as app
        where environment = ${environment} and ended_at is null group by app`,
  );
  return new Map(found.map(({ app, ids }) => [app, ids]));
}

/** What a deployment changed; throws 404 where the environment has none with that id. */
export async function changesOf(db: Db, environment: string, id: string): Promise<ChangeSet> {
  const [row] = await db
    .select({ changes: deployments.changes })
    .from(deployments)
    .where(and(eq(deployments.environment, environment), eq(deployments.id, id)));
  if (row === undefined) throw notFound(`DeploymentPlan ${id} does not exist`);
  return row.changes;
}

function select(db: Db, where: SQL[], limit: number): Promise<DeploymentRow[]> {
  return db
    .select(DEPLOYMENT_COLUMNS)
    .from(deployments)
    .where(and(...where))
    .orderBy(desc(deployments.sequence))
    .limit(limit);
}

function conditions({ state, app, active, since, before }: DeploymentFilter): SQL[] {
  const found: SQL[] = [];
  if (state !== undefined) found.push(eq(deployments.state, state));
  if (app !== undefined) found.push(arrayContains(deployments.affectedApps, [app]));
  if (active === true) found.push(isNull(deployments.endedAt));
  if (active === false) found.push(sql`${deployments.endedAt} is not null`);
  if (since !== undefined) found.push(gte(deployments.acceptedAt, since));
  if (before !== undefined && /^\d+$/.test(before)) found.push(lt(deployments.sequence, Number(before)));
  return found;
}

async function withProgress(db: Db, found: DeploymentRow[]): Promise<Deployment[]> {
  const reported = await progressOf(
    db,
    found.filter((row) => row.currentStep > 0).map((row) => row.id),
  );
  const waves = await progressOfWaves(db, found);
  return found.map((row) => deploymentOf(row, { reported: reported.get(row.id), waves: waves.get(row.id) }));
}

async function progressOf(db: Db, ids: string[]): Promise<Map<string, Reported[]>> {
  const byDeployment = new Map<string, Reported[]>();
  if (ids.length === 0) return byDeployment;
  const found = await db
    .select()
    .from(deploymentActions)
    .where(eq(deploymentActions.deploymentId, sql`any(${textArray(ids)})`));
  for (const { deploymentId, ...reported } of found) {
    const list = byDeployment.get(deploymentId);
    if (list) list.push(reported);
    else byDeployment.set(deploymentId, [reported]);
  }
  return byDeployment;
}
