import { sql } from 'drizzle-orm';
import { rows } from '../../store/db.js';
import { CHANNEL, type Store } from '../../store/store.js';
import type { DeploymentWorkflows } from '../../temporal/gateway.js';
import type { Log } from '../log.js';
import { createLoop } from '../loop.js';

export interface TellerDeps {
  store: Store;
  workflows: Pick<DeploymentWorkflows, 'waveChanged'>;
  log: Log;
  /** Between two looks; the acceptance and the end of deployments bring it forward. */
  intervalMs: number;
}

export interface Teller {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface News {
  id: string;
  /** States and gates of the deployments that it started: another text is news. */
  seen: string;
}

/**
 * Tells releases over several environments when the deployment of a wave came further. Derived from the database
 * again and again, so that nothing is missed: telling twice does no harm.
 */
export function createTeller({ store, workflows, log, intervalMs }: TellerDeps): Teller {
  let told = new Map<string, string>();
  const loop = createLoop(look, intervalMs, log);
  let unlisten: (() => Promise<void>) | undefined;

  async function look(): Promise<void> {
    const live = await newsOf(store);
    for (const { id, seen } of live) if (told.get(id) !== seen) await workflows.waveChanged(id);
    told = new Map(live.map(({ id, seen }) => [id, seen]));
  }

  return {
    async start() {
      unlisten = await store.listen(CHANNEL.deployments, () => loop.wake());
      loop.start();
    },
    async stop() {
      await unlisten?.();
      await loop.stop();
    },
  };
}

function newsOf(store: Store): Promise<News[]> {
  return rows<News>(
    store.db,
    sql`select p.id, string_agg(concat_ws(' ', c.id, c.state, c.gate->>'kind'), ', ' order by c.sequence) as seen
        from deployments p join deployments c on c.parent = p.id
        where p.ended_at is null and p.dispatched_at is not null group by p.id`,
  );
}
