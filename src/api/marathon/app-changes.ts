import type { Accepted } from '../../admission/types.js';
import { appInfoJson } from '../../formats/marathon/app-info.js';
import { parseApp, parseApps } from '../../formats/marathon/parse-app.js';
import { parseAppChange } from '../../formats/marathon/parse-change.js';
import type { PathId } from '../../model/app.js';
import type { Change } from '../../model/change.js';
import { rememberedDefinition } from '../../store/roots.js';
import { definitionOf } from '../../store/versions.js';
import { admit } from '../admit.js';
import type { Context } from '../deps.js';
import type { Answer, Call } from '../http/routing.js';
import { NO_COUNTS } from './app-infos.js';
import { idOf } from './find.js';
import type { ForceQuery, PartialQuery } from './parameters.js';
import { createdResult, creates, deploymentHeaders, deploymentResult } from './result.js';

/** `POST /v2/apps`: the answer is the app itself, before anything of it runs. */
export async function createApp(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const body = call.json();
  const app = parseApp(body);
  const accepted = await submit(context, call, { kind: 'createApp', app }, { force, body });
  return {
    status: 201,
    headers: { ...deploymentHeaders(accepted), Location: `/v2/apps${app.id}` },
    body: await createdJson(context, app.id, accepted),
  };
}

/** `PUT` and `PATCH /v2/apps`: many apps by one deployment. */
export async function changeMany(
  context: Context,
  call: Call,
  { force, partial, create }: { force: boolean; partial: boolean; create: boolean },
): Promise<Answer> {
  const body = call.json();
  const change: Change = { kind: 'updateApps', apps: parseApps(body), partial, create };
  return deploymentResult(await submit(context, call, change, { force, body }));
}

/** `PUT /v2/apps/{id}`: an update, a new app, or with only a version the way back to it. */
export async function putApp(
  context: Context,
  call: Call,
  { force, partialUpdate }: PartialQuery,
): Promise<Answer> {
  const body = call.json();
  const id = idOf(call);
  const change = parseAppChange(body, id, { partial: partialUpdate, create: true });
  const accepted = await submit(context, call, change, { force, body });
  const isNew = await creates(context, accepted, id);
  return isNew ? createdResult(accepted, `/v2/apps${id}`) : deploymentResult(accepted);
}

/** `PATCH /v2/apps/{id}`: like PUT, but it makes no app. */
export async function patchApp(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const body = call.json();
  const change = parseAppChange(body, idOf(call), { partial: true, create: false });
  return deploymentResult(await submit(context, call, change, { force, body }));
}

/** `DELETE /v2/apps/{id}`: `force` is true where nothing is said (Marathon 1.11's code; its RAML differs). */
export async function deleteApp(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const id = idOf(call);
  return deploymentResult(
    await admit(context, call, { kind: 'deleteApp', id }, { force, appDefinition: { id } }),
  );
}

/** `POST /v2/apps/{id}/restart` restarts also where nothing has changed. */
export async function restartApp(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const id = idOf(call);
  return deploymentResult(await submit(context, call, { kind: 'restartApp', id }, { force, body: { id } }));
}

function submit(
  context: Context,
  call: Call,
  change: Change,
  { force, body }: { force: boolean; body: unknown },
): Promise<Accepted> {
  return admit(context, call, change, { force, appDefinition: body });
}

/**
 * AppInfo of an app of which nothing runs yet; the Marathon of these answers knows no `tasks` and no `versionInfo`.
 * It is made from what was stored, so that a repeated request gets what its first one got.
 */
async function createdJson({ store, config }: Context, id: PathId, accepted: Accepted): Promise<object> {
  const { environment } = config;
  const app =
    rememberedDefinition(store, environment, id, accepted.version) ??
    (await definitionOf(store.db, environment, id, accepted.version));
  if (app === undefined)
    throw new Error(`App ${id} was accepted in version ${accepted.version}, but is not stored`);
  const { versionInfo: _, ...info } = appInfoJson(app, {
    counts: NO_COUNTS,
    deployments: [accepted.deploymentId],
  });
  return info;
}
