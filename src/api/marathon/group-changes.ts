import { z } from 'zod';
import { invalidAt, notFound, TerminalError } from '../../errors.js';
import { parseGroupChange } from '../../formats/marathon/parse-change.js';
import { parseGroup } from '../../formats/marathon/parse-group.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';
import type { Change } from '../../model/change.js';
import type { Plan } from '../../model/deployment.js';
import { parent, ROOT } from '../../model/paths.js';
import { loadRoot } from '../../store/roots.js';
import { admit, requestOf } from '../admit.js';
import type { Context } from '../deps.js';
import type { Answer, Call } from '../http/routing.js';
import { idOf } from './find.js';
import type { ForceQuery } from './parameters.js';
import { createdResult, deploymentResult } from './result.js';

/** `POST /v2/groups[/{id}]`: a group below the one of the URL. */
export async function createGroup(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const group = parseGroup(call.json(), idOf(call));
  const change: Change = { kind: 'createGroup', group };
  const accepted = await admit(context, call, change, { force });
  return createdResult(accepted, `/v2/groups${group.id}`);
}

/** `PUT /v2/groups[/{id}]`: back to a version, a factor, or the wanted structure; only shown with `dryRun`. */
export async function putGroup(
  context: Context,
  call: Call,
  { force, dryRun }: ForceQuery & { dryRun: boolean },
): Promise<Answer> {
  const change = parseGroupChange(call.json(), idOf(call));
  if (dryRun) {
    const { plan } = await context.admission.plan(requestOf(context, call, change, { force }));
    return { status: 200, body: { steps: stepsJson(plan) } };
  }
  return deploymentResult(await admit(context, call, change, { force }));
}

function stepsJson({ steps }: Plan): object[] {
  return steps.map(({ actions }) => ({ actions: actions.map(({ action, app }) => ({ action, app })) }));
}

/** `PUT /v2/groups/{id}/versions/{version}` without a body: Marathon's Python client rolls back so. */
export async function rollBackTo(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const version = parseTimestamp(call.params.version ?? '');
  const change: Change = { kind: 'rollbackGroup', id: idOf(call), version };
  return deploymentResult(await admit(context, call, change, { force }));
}

/** `DELETE /v2/groups[/{id}]`; of the root it removes everything. */
export async function deleteGroup(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const change: Change = { kind: 'deleteGroup', id: idOf(call) };
  return deploymentResult(await admit(context, call, change, { force }));
}

/** Body of `PATCH /v2/groups/{id}`. */
export const enforceRoleSchema = z.strictObject({ enforceRole: z.boolean() });

/** `PATCH /v2/groups/{id}`: only `enforceRole`, only of top-level groups; roles of Mesos have no meaning here. */
export async function enforceRole(context: Context, call: Call): Promise<Answer> {
  const id = idOf(call);
  checkEnforceRole(call.json());
  const root = await loadRoot(context.store, context.config.environment);
  if (!root.groups.has(id)) throw notFound(`Group '${id}' does not exist`);
  if (id === ROOT || parent(id) !== ROOT) {
    throw new TerminalError('invalid', `enforceRole can only be set on a top-level group; '${id}' is none.`);
  }
  return { status: 200 };
}

function checkEnforceRole(body: unknown): void {
  if (enforceRoleSchema.safeParse(body).success) return;
  throw invalidAt('/enforceRole', 'a body like {"enforceRole": true}, and nothing else, is right');
}
