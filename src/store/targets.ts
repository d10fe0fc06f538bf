import { and, eq, sql } from 'drizzle-orm';
import { TerminalError } from '../errors.js';
import type { Target, TargetStore } from '../runtimes/supervisor/ports.js';
import { type Db, json, rows } from './db.js';
import { targets } from './schema.js';
import type { Store } from './store.js';

/**
 * Declarations of an environment. The fence is checked by the statement that writes, and it holds the lock's row
 * meanwhile: nothing that a deployment declares can arrive after another one took the app over.
 */
export function targetStore(store: Store, environment: string): TargetStore {
  return {
    load: () =>
      store.db
        .select({ app: targets.app, declaration: targets.declaration })
        .from(targets)
        .where(eq(targets.environment, environment)),
    async save(target, fence) {
      if (await saveFenced(store.db, environment, target, fence.deployment)) return;
      throw new TerminalError(
        'stale',
        `Deployment ${fence.deployment} does not hold the lock of ${target.app.id} any more, so it must not change it.`,
      );
    },
    async forget(app) {
      await store.db.delete(targets).where(and(eq(targets.environment, environment), eq(targets.appId, app)));
    },
  };
}

async function saveFenced(db: Db, environment: string, target: Target, deployment: string): Promise<boolean> {
  const written = await rows(
    db,
    sql`with held as (
          select 1 from locks
          where environment = ${environment} and app_id = ${target.app.id} and deployment_id = ${deployment}
          for share
        )
        insert into targets (environment, app_id, app, declaration, deployment_id)
        select ${environment}, ${target.app.id}, ${json(target.app)}, ${json(target.declaration)}, ${deployment} from held
        on conflict (environment, app_id) do update
          set app = excluded.app, declaration = excluded.declaration, deployment_id = excluded.deployment_id
        returning 1`,
  );
  return written.length > 0;
}
