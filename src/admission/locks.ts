import { type SQL, sql } from 'drizzle-orm';
import { TerminalError } from '../errors.js';
import type { PathId } from '../model/app.js';
import { type Db, rows, textArray } from '../store/db.js';
import type { AdmissionRequest } from './types.js';

/** A live deployment that touches some of the same apps. */
export interface Holder {
  id: string;
  /** A newer deployment took its apps over; it is only ending. */
  superseded: boolean;
  /** A workflow of it may exist. */
  tried: boolean;
}

/** What becomes of those that hold the apps now. */
export interface LockDecision {
  /** Taken over by the new deployment. */
  superseded: Holder[];
  /** The new deployment waits for its turn and takes the locks then. */
  queued: boolean;
  /** Ids of those that must have ended before the new deployment acts. */
  waitsFor: string[];
}

/** The live deployments of an environment, as far as a new one has to know them. */
export interface LiveOnes {
  /** Those that touch any of the apps, and the one to roll back; their rows stay locked until the commit. */
  holders: Holder[];
  count: number;
}

export async function liveOnes(
  tx: Db,
  environment: string,
  apps: readonly PathId[],
  rollbackOf: string | undefined,
): Promise<LiveOnes> {
  const [live] = await rows<LiveOnes>(
    tx,
    sql`with holders as (
          select id, sequence, superseded_by is not null as superseded, tried_at is not null as tried from deployments
          where environment = ${environment} and ended_at is null
            and (affected_apps && ${textArray(apps)} or id = ${rollbackOf ?? null})
          order by sequence for update
        )
        select (select count(*)::int from deployments where environment = ${environment} and ended_at is null) as count,
          (select coalesce(json_agg(json_build_object('id', id, 'superseded', superseded, 'tried', tried) order by sequence), '[]')
            from holders) as holders`,
  );
  return live ?? { holders: [], count: 0 };
}

/** Throws Marathon's 409 where others hold the apps and the request does not say what to do about it. */
export function decideLocks(request: AdmissionRequest, holders: Holder[]): LockDecision {
  const live = holders.filter((holder) => !holder.superseded);
  const superseded = live.filter((holder) => takesOver(request, holder));
  const left = live.length > superseded.length;
  const queued = left && (request.change.kind === 'revert' || request.options.lock === 'queue');
  if (left && !queued) throw locked(live.map((holder) => holder.id));
  const endNow = new Set(superseded.filter((holder) => !holder.tried).map((holder) => holder.id));
  return { superseded, queued, waitsFor: holders.map((h) => h.id).filter((id) => !endNow.has(id)) };
}

/**
 * A rollback takes over from the deployment that it reverts, and from no other: one that was queued has others before
 * it, and the way back from it waits its turn as it would have done.
 */
function takesOver({ change, force, options }: AdmissionRequest, { id }: Holder): boolean {
  if (change.kind === 'revert') return id === change.deployment;
  return force || options.lock === 'supersede';
}

/** Text of Marathon 1.11's AppLockedException. */
function locked(deployments: string[]): TerminalError {
  const text =
    'App is locked by one or more deployments. ' +
    "Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.";
  return new TerminalError('locked', text, { deployments });
}

/** Gives the locks of the apps to the deployment, whoever had them: who had them acts no more (the fence). */
export function locksTaken(
  environment: string,
  apps: readonly PathId[],
  deployment: string,
): SQL | undefined {
  if (apps.length === 0) return undefined;
  return sql`
    insert into locks (environment, app_id, deployment_id)
    select ${environment}, app, ${deployment} from unnest(${textArray(apps)}) as app
    on conflict (environment, app_id) do update set deployment_id = excluded.deployment_id`;
}

/** Frees what the deployment still holds, where a condition holds; locks that another one took over stay. */
export function locksFreed(deployment: string, where: SQL): SQL {
  return sql`delete from locks where deployment_id = ${deployment} and ${where}`;
}
