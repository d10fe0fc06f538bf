import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { PathId } from '../model/app.js';
import type { Failure, Instance, Waiting } from '../model/instance.js';
import type { Projection, ProjectionBatch } from '../runtimes/supervisor/ports.js';
import { type Db, json, rows, textArray } from './db.js';
import { appendEvents } from './events.js';
import { failures, instances, waiting } from './schema.js';
import type { Store } from './store.js';

/** Instances of an app by state, as Marathon counts them: one without a health result is neither healthy nor not. */
export interface InstanceCounts {
  staged: number;
  running: number;
  healthy: number;
  unhealthy: number;
}

export async function instancesOfApp(db: Db, environment: string, app: PathId): Promise<Instance[]> {
  return selectInstances(db, and(eq(instances.environment, environment), eq(instances.appId, app)));
}

export async function instancesOf(db: Db, environment: string): Promise<Instance[]> {
  return selectInstances(db, eq(instances.environment, environment));
}

export async function instanceById(db: Db, environment: string, id: string): Promise<Instance | undefined> {
  const [found] = await selectInstances(
    db,
    and(eq(instances.environment, environment), eq(instances.id, id)),
  );
  return found;
}

async function selectInstances(db: Db, condition: SQL | undefined): Promise<Instance[]> {
  const found = await db
    .select({ instance: instances.instance })
    .from(instances)
    .where(condition)
    .orderBy(asc(instances.appId), asc(instances.id));
  return found.map(({ instance }) => instance);
}

/** Counts per app; apps without instances are absent. */
export async function instanceCounts(db: Db, environment: string): Promise<Map<PathId, InstanceCounts>> {
  const found = await rows<InstanceCounts & { app: PathId }>(
    db,
    sql`select app_id as app,
          count(*) filter (where state = 'staging')::int as staged,
          count(*) filter (where state = 'running')::int as running,
          count(*) filter (where state = 'running' and healthy)::int as healthy,
          count(*) filter (where state = 'running' and not healthy)::int as unhealthy
        from instances where environment = ${environment} group by app_id`,
  );
  return new Map(found.map(({ app, ...counts }) => [app, counts]));
}

/** Instances that are wanted but not launched, of all apps. */
export async function waitingOf(db: Db, environment: string): Promise<Waiting[]> {
  const found = await db
    .select({ waiting: waiting.waiting })
    .from(waiting)
    .where(eq(waiting.environment, environment))
    .orderBy(asc(waiting.appId));
  return found.flatMap((row) => row.waiting);
}

/** The last failed instance of each of the given apps, or of all. */
export async function failuresOf(
  db: Db,
  environment: string,
  apps?: readonly PathId[],
): Promise<Map<PathId, Failure>> {
  const all = eq(failures.environment, environment);
  const found = await db
    .select({ failure: failures.failure })
    .from(failures)
    .where(apps === undefined ? all : and(all, inArray(failures.appId, [...apps])));
  return new Map(found.map(({ failure }) => [failure.app, failure]));
}

/** What the supervisor of an environment writes; events are stored together with what they tell of. */
export function projectionOf(store: Store, environment: string): Projection {
  return {
    alive: () =>
      selectInstances(
        store.db,
        and(
          eq(instances.environment, environment),
          inArray(instances.state, ['staging', 'running', 'killing']),
        ),
      ),
    write: (batch) =>
      store.transaction(async (tx) => {
        await saveInstances(tx, environment, batch.instances);
        await forgetInstances(tx, environment, batch.removed);
        await saveWaiting(tx, environment, batch.waiting);
        await saveFailures(tx, environment, batch.failures);
        await appendEvents(tx, environment, batch.events);
      }),
  };
}

async function saveInstances(tx: Db, environment: string, given: Instance[]): Promise<void> {
  const latest = [...new Map(given.map((instance) => [instance.id, instance])).values()];
  if (latest.length === 0) return;
  await tx.execute(sql`
    insert into instances (environment, id, app_id, state, healthy, instance)
    select ${environment}, i->>'id', i->>'app', i->>'state', (i->>'healthy')::boolean, i
    from jsonb_array_elements(${json(latest)}) as i
    on conflict (environment, id) do update
      set state = excluded.state, healthy = excluded.healthy, instance = excluded.instance`);
}

async function forgetInstances(tx: Db, environment: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    sql`delete from instances where environment = ${environment} and id = any(${textArray(ids)})`,
  );
}

async function saveWaiting(tx: Db, environment: string, changed: ProjectionBatch['waiting']): Promise<void> {
  const latest = new Map(changed.map((entry) => [entry.app, entry.waiting]));
  const rest = [...latest].filter(([, list]) => list.length > 0);
  const none = [...latest].filter(([, list]) => list.length === 0).map(([app]) => app);
  if (none.length > 0) {
    await tx.execute(
      sql`delete from waiting where environment = ${environment} and app_id = any(${textArray(none)})`,
    );
  }
  if (rest.length === 0) return;
  await tx.execute(sql`
    insert into waiting (environment, app_id, waiting)
    select ${environment}, w->>0, w->1 from jsonb_array_elements(${json(rest)}) as w
    on conflict (environment, app_id) do update set waiting = excluded.waiting`);
}

async function saveFailures(tx: Db, environment: string, given: Failure[]): Promise<void> {
  const latest = [...new Map(given.map((failure) => [failure.app, failure])).values()];
  if (latest.length === 0) return;
  await tx.execute(sql`
    insert into failures (environment, app_id, failure)
    select ${environment}, f->>'app', f from jsonb_array_elements(${json(latest)}) as f
    on conflict (environment, app_id) do update set failure = excluded.failure`);
}
