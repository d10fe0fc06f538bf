import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { PathId } from '../model/app.js';
import type { Failure, Instance, Waiting } from '../model/instance.js';
import type { Projection, ProjectionBatch } from '../runtimes/supervisor/ports.js';
import { type Db, json, rows, textArray, together } from './db.js';
import { eventsAppended } from './events.js';
import { failures, instances, waiting } from './schema.js';
import { retried, type Store } from './store.js';

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
    write: async (batch) => {
      const removed = new Set(batch.removed);
      const changes = [
        instancesSaved(
          environment,
          batch.instances.filter(({ id }) => !removed.has(id)),
        ),
        instancesForgotten(environment, batch.removed),
        ...waitingSaved(environment, batch.waiting),
        failuresSaved(environment, batch.failures),
        eventsAppended(environment, batch.events),
      ];
      await retried(() => together(store.db, changes), store.observer);
    },
  };
}

function instancesSaved(environment: string, given: Instance[]): SQL | undefined {
  const latest = [...new Map(given.map((instance) => [instance.id, instance])).values()];
  if (latest.length === 0) return undefined;
  return sql`
    insert into instances (environment, id, app_id, state, healthy, instance)
    select ${environment}, i->>'id', i->>'app', i->>'state', (i->>'healthy')::boolean, i
    from jsonb_array_elements(${json(latest)}) as i
    on conflict (environment, id) do update
      set state = excluded.state, healthy = excluded.healthy, instance = excluded.instance`;
}

function instancesForgotten(environment: string, ids: string[]): SQL | undefined {
  if (ids.length === 0) return undefined;
  return sql`delete from instances where environment = ${environment} and id = any(${textArray(ids)})`;
}

function waitingSaved(environment: string, changed: ProjectionBatch['waiting']): SQL[] {
  const latest = new Map(changed.map((entry) => [entry.app, entry.waiting]));
  const rest = [...latest].filter(([, list]) => list.length > 0);
  const none = [...latest].filter(([, list]) => list.length === 0).map(([app]) => app);
  const changes: SQL[] = [];
  if (none.length > 0)
    changes.push(
      sql`delete from waiting where environment = ${environment} and app_id = any(${textArray(none)})`,
    );
  if (rest.length > 0)
    changes.push(sql`
      insert into waiting (environment, app_id, waiting)
      select ${environment}, w->>0, w->1 from jsonb_array_elements(${json(rest)}) as w
      on conflict (environment, app_id) do update set waiting = excluded.waiting`);
  return changes;
}

function failuresSaved(environment: string, given: Failure[]): SQL | undefined {
  const latest = [...new Map(given.map((failure) => [failure.app, failure])).values()];
  if (latest.length === 0) return undefined;
  return sql`
    insert into failures (environment, app_id, failure)
    select ${environment}, f->>'app', f from jsonb_array_elements(${json(latest)}) as f
    on conflict (environment, app_id) do update set failure = excluded.failure`;
}
