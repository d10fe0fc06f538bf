import { and, eq, isNull, sql } from 'drizzle-orm';
import type { ActionRef, Decided, Transition } from '../../activities/types.js';
import { deploymentInfoEvent, deploymentStepSuccessEvent } from '../formats/marathon/events.js';
import type { ActionProgress, LedgerEntry, Step } from '../model/deployment.js';
import { type Db, json, rows, together } from '../store/db.js';
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
  const at = timestamp(clock());
  await store.transaction(async (tx) => {
    const told = await moveUp(tx, deployment, step, at);
    if (told === undefined) return;
    const ended = told.before > 0 ? [deploymentStepSuccessEvent(told, told.before, at)] : [];
    await together(tx, [
      sql`update deployments set description = ${stepSentence(told.steps, step)} where id = ${deployment}`,
      eventsAppended(told.environment, [...ended, deploymentInfoEvent(told, step, at)]),
    ]);
  });
}

interface MovedUp {
  id: string;
  environment: string;
  version: string;
  steps: Step[];
  /** The step that it was at. */
  before: number;
}

async function moveUp(tx: Db, id: string, step: number, at: string): Promise<MovedUp | undefined> {
  const [told] = await rows<MovedUp>(
    tx,
    sql`with before as (
          select id, current_step from deployments
          where id = ${id} and current_step < ${step} and ended_at is null for update
        )
        update deployments d
        set current_step = ${step}, state = 'running', gate = null, started_at = coalesce(started_at, ${at})
        from before where d.id = before.id
        returning d.id, d.environment, d.version, d.steps, before.current_step as before`,
  );
  return told;
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
