import { and, eq, isNull, sql } from 'drizzle-orm';
import type { ActionRef, Decided, Transition } from '../../activities/types.js';
import { deploymentInfoEvent, deploymentStepSuccessEvent } from '../formats/marathon/events.js';
import type { ActionProgress, LedgerEntry, Step } from '../model/deployment.js';
import { type Db, json, onlyIfFound, rows } from '../store/db.js';
import { environmentOfDeployment } from '../store/deployments.js';
import { eventsAppended } from '../store/events.js';
import { appendLedger } from '../store/ledger.js';
import { deployments } from '../store/schema.js';
import type { Store } from '../store/store.js';
import { type Clock, timestamp } from './clock.js';
import { list } from './describe.js';
import { keepCommand } from './idempotency.js';

/** A step begins; counts from 1. Told once, whoever calls how often; nothing happens in a deployment that has ended. */
export async function startStep(
  store: Store,
  deployment: string,
  step: number,
  clock: Clock = Date.now,
): Promise<void> {
  for (;;) {
    const behind = await oneBehind(store.db, deployment, step);
    if (behind === undefined || (await movedUp(store.db, behind, step, timestamp(clock())))) return;
  }
}

/** The same of a deployment that was just read. */
export async function startStepOf(store: Store, behind: Behind, step: number): Promise<void> {
  if (await movedUp(store.db, behind, step, timestamp(Date.now()))) return;
  await startStep(store, behind.id, step);
}

/** A deployment before it comes to a step. */
export interface Behind {
  id: string;
  environment: string;
  version: string;
  steps: Step[];
  /** The step that it is at. */
  before: number;
}

async function oneBehind(db: Db, id: string, step: number): Promise<Behind | undefined> {
  const [behind] = await rows<Behind>(
    db,
    sql`select id, environment, version, steps, current_step as before from deployments
        where id = ${id} and current_step < ${step} and ended_at is null`,
  );
  return behind;
}

/** False where it went on, or ended, since it was read. */
function movedUp(db: Db, behind: Behind, step: number, at: string): Promise<boolean> {
  const { id, environment, steps, before } = behind;
  const ended = before > 0 ? [deploymentStepSuccessEvent(behind, before, at)] : [];
  return onlyIfFound(
    db,
    sql`update deployments set current_step = ${step}, state = 'running', gate = null,
          description = ${stepSentence(steps, step)}, started_at = coalesce(started_at, ${at})
        where id = ${id} and ended_at is null and current_step = ${before} returning id`,
    (found) => [eventsAppended(environment, [...ended, deploymentInfoEvent(behind, step, at)], found)],
  );
}

function stepSentence(steps: Step[], step: number): string {
  const actions = steps[step - 1]?.actions ?? [];
  return `Step ${step} of ${steps.length}: ${list(actions.map(({ action, app }) => `${action} ${app}`))}.`;
}

/** Which action of a deployment. */
export type ActionPlace = Pick<ActionRef, 'deployment' | 'step' | 'index'>;

/** How far an action is; the last report counts. */
export async function recordAction(
  store: Store,
  place: ActionPlace,
  progress: ActionProgress,
): Promise<void> {
  const { deployment, step, index } = place;
  await store.db.execute(sql`
    insert into deployment_actions (deployment_id, step, position, progress)
    values (${deployment}, ${step}, ${index}, ${json(progress)})
    on conflict (deployment_id, step, position) do update set progress = excluded.progress`);
}

/** What the workflow decided: state, gate, options, and the ledger's entries. Nothing changes in what has ended but the ledger. */
export async function recordTransition(store: Store, transition: Transition): Promise<void> {
  const { deployment, decided = [] } = transition;
  await store.transaction(async (tx) => {
    const environment = await environmentOfDeployment(tx, deployment);
    if (environment === undefined) return;
    await applyTransition(tx, transition);
    await appendLedger(
      tx,
      environment,
      decided.map((decision) => entryOf(deployment, decision)),
    );
    for (const { requestId, command, at } of decided)
      if (requestId !== undefined) await keepCommand(tx, environment, { deployment, command, requestId, at });
  });
}

async function applyTransition(tx: Db, transition: Transition): Promise<void> {
  const { deployment, gate, state, description, options } = transition;
  const changed = {
    ...(gate === undefined ? {} : { gate }),
    ...(state === undefined ? {} : { state }),
    ...(description === undefined ? {} : { description }),
    ...(options === undefined ? {} : { options: sql`${deployments.options} || ${json(options)}` }),
  };
  if (Object.keys(changed).length === 0) return;
  await tx
    .update(deployments)
    .set(changed)
    .where(and(eq(deployments.id, deployment), isNull(deployments.endedAt)));
}

function entryOf(deployment: string, { requestId: _, ...decision }: Decided): LedgerEntry {
  return { ...decision, deployment };
}
