import type { ActionRef } from '../../activities/types.js';
import type { Action } from '../../src/model/deployment.js';
import { type Context, refOf, runningOf } from '../context.js';
import { settle } from '../settle.js';
import { attempt } from './attempt.js';

/** So many apps are made known by one activity: 1,000 new apps are 10 activities, not 1,000. */
const APPS_PER_ACTIVITY = 100;

/** Makes the new apps of a step known, with 0 instances. */
export async function startApplications(context: Context, actions: Action[]): Promise<void> {
  const refs = actions.flatMap((action, index) =>
    action.action === 'StartApplication' ? [refOf(context, action, { index, batchesDone: 0 })] : [],
  );
  const chunks: ActionRef[][] = [];
  for (let at = 0; at < refs.length; at += APPS_PER_ACTIVITY)
    chunks.push(refs.slice(at, at + APPS_PER_ACTIVITY));
  await settle(chunks.map((chunk) => startChunk(context, chunk)));
}

async function startChunk(context: Context, refs: ActionRef[]): Promise<void> {
  const summary = `start ${refs.map((ref) => ref.action.app).join(', ')}`.slice(0, 200);
  const [first] = refs;
  if (!first) return;
  await attempt(context, {
    what: 'starting applications',
    action: first.action,
    run: () => context.quick.startApplication.executeWithOptions({ summary }, [refs]),
  });
  for (const ref of refs) runningOf(context, { index: ref.index, batchesDone: 0 }).done = true;
}
