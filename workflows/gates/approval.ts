import { condition } from '@temporalio/workflow';
import type { ApprovalOptions } from '../../src/model/approval.js';
import type { Context } from '../context.js';
import type { State } from '../state.js';
import { now, waitAt } from './wait.js';

/** Waits for as many people as are required; their commands are judged when they come. */
export async function passApproval(context: Context, approval: ApprovalOptions): Promise<void> {
  const { state } = context;
  state.approval = approval;
  state.approvedBy = [];
  state.approvalForced = false;
  const since = now();
  const then = `it ends as failed; ${untouched(state)}`;
  const { required, from, expiresSeconds } = approval;
  const until =
    expiresSeconds === undefined ? undefined : new Date(Date.now() + expiresSeconds * 1000).toISOString();
  for (;;) {
    const { approvedBy } = state;
    if (state.approvalForced || approvedBy.length >= required) return;
    const given = approvedBy.length > 0 ? `; given by ${approvedBy.join(', ')}` : '';
    const gate = {
      kind: 'approval',
      since,
      ...(until ? { until, then } : {}),
      who: `${from.join(', ')}: approve or reject; anyone who may deploy: force with a reason`,
      description: `waits for ${required - approvedBy.length} of ${required} approvals by ${from.join(', ')}${given}`,
    } as const;
    const came = await waitAt(
      context,
      { gate },
      () => state.approvalForced || state.approvedBy !== approvedBy,
    );
    if (!came) return expire(context, required - approvedBy.length);
  }
}

async function expire({ state, scribe }: Context, missing: number): Promise<void> {
  const reason = `${missing} approvals did not come in time; ${untouched(state)}`;
  scribe.system('expire', reason);
  state.ending = { kind: 'failed', by: 'slipway', reason, restoreDefinitions: true };
  // The story's scope is cancelled by the ending.
  await condition(() => false);
}

function untouched({ step }: State): string {
  return step > 1 ? 'the waves before stay released' : 'nothing was touched';
}
