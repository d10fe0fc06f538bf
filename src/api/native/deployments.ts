import { invalidAt, notFound, TerminalError } from '../../errors.js';
import { parseWith } from '../../formats/parse.js';
import {
  COMMANDS,
  type Command,
  type CommandBody,
  DEPLOYMENT_STATES,
  type Deployment,
  type DeploymentState,
} from '../../model/deployment.js';
import { absolute, ROOT } from '../../model/paths.js';
import { deploymentById, pageDeployments } from '../../store/deployments.js';
import { admit, requestOf } from '../admit.js';
import { runCommand } from '../commands.js';
import type { Context } from '../deps.js';
import { actor } from '../http/caller.js';
import { flag, oneOf, time } from '../http/query.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { readChange } from './change.js';
import { pageOf } from './page.js';
import { type CommandRequest, commandRequest, deploymentRequest, editRequest } from './schemas.js';

const DEPLOYMENT = '^/deployments/+(?<id>[^/]+)';

/** `/api/deployments` and `/api/plan`. */
export function deploymentRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/deployments\/*$/,
      GET: (call) => list(context, call),
      POST: (call) => start(context, call),
    },
    { path: /^\/plan\/*$/, POST: (call) => preview(context, call) },
    {
      path: new RegExp(`${DEPLOYMENT}/*$`),
      GET: (call) => show(context, call),
      PATCH: (call) => edit(context, call),
    },
    { path: new RegExp(`${DEPLOYMENT}/+(?<command>[a-zA-Z]+)/*$`), POST: (call) => command(context, call) },
  ];
}

async function list({ store, config }: Context, { query }: Call): Promise<Answer> {
  const state = oneOf(query, 'state', Object.keys(DEPLOYMENT_STATES) as DeploymentState[]);
  const app = query.get('app');
  const since = time(query, 'since');
  const page = await pageDeployments(store.db, config.environment, {
    ...pageOf(query),
    ...(state === undefined ? {} : { state }),
    ...(app === null ? {} : { app: absolute(app, ROOT) }),
    ...(query.has('active') ? { active: flag(query, 'active') } : {}),
    ...(since === undefined ? {} : { since }),
  });
  return { status: 200, body: page };
}

async function show(context: Context, call: Call): Promise<Answer> {
  return { status: 200, body: await mustFind(context, call.params.id ?? '') };
}

async function start(context: Context, call: Call): Promise<Answer> {
  const { change, notCarriedOver, wish } = await wanted(context, call);
  const accepted = await admit(context, call, change, { ...wish, appDefinition: call.json() });
  const answer = await created(context, accepted.deploymentId, 201);
  return notCarriedOver === undefined ? answer : { ...answer, body: { ...answer.body, notCarriedOver } };
}

async function preview(context: Context, call: Call): Promise<Answer> {
  const { change, notCarriedOver = [], wish } = await wanted(context, call);
  const planned = await context.admission.plan(requestOf(context, call, change, wish));
  return { status: 200, body: { ...planned.preview, notCarriedOver } };
}

async function wanted(context: Context, call: Call) {
  const { change, by, reason, ...options } = parseWith(deploymentRequest, call.json());
  return { ...(await readChange(context, change)), wish: { by, reason, options } };
}

/** A command that has done its work answers with the deployment as it is then. */
async function command(context: Context, call: Call): Promise<Answer> {
  const name = commandNamed(call.params.command ?? '');
  const request = parseWith(commandRequest, call.optionalJson() ?? {});
  const deployment = await mustFind(context, call.params.id ?? '');
  if (name === 'rollback') return rollback(context, call, deployment, request);
  await runCommand(context, deployment, name, bodyOf(call, request));
  return { status: 200, body: await mustFind(context, deployment.id) };
}

/** Of what has not run yet, the pause mode can be edited. */
async function edit(context: Context, call: Call): Promise<Answer> {
  const { by, reason, pauseMode, ...others } = parseWith(editRequest, call.json());
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw invalidAt(`/${other}`, 'cannot be changed while a deployment runs; pauseMode can');
  if (pauseMode === undefined) throw invalidAt('/pauseMode', 'error.path.missing');
  const deployment = await mustFind(context, call.params.id ?? '');
  const request = {
    mode: pauseMode,
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  };
  await runCommand(context, deployment, 'setPauseMode', bodyOf(call, request));
  return { status: 200, body: await mustFind(context, deployment.id) };
}

function commandNamed(name: string): Command {
  if (Object.hasOwn(COMMANDS, name)) return name as Command;
  throw notFound(`There is no command '${name}'; ${Object.keys(COMMANDS).join(', ')} are there.`);
}

/** A rollback is a new deployment, which takes the apps over from the one that it reverts where that still runs. */
async function rollback(
  context: Context,
  call: Call,
  deployment: Deployment,
  request: CommandRequest,
): Promise<Answer> {
  checkExpected(deployment, request);
  const wish = {
    ...(request.by === undefined ? {} : { by: request.by }),
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    options: { lock: 'supersede' as const },
    rollbackOf: deployment.id,
  };
  const accepted = await admit(
    context,
    withRequestId(call, request),
    { kind: 'revert', deployment: deployment.id },
    wish,
  );
  return created(context, accepted.deploymentId, 200);
}

/** The request id of a command does for a rollback what `Idempotency-Key` does for a deployment. */
function withRequestId(call: Call, { requestId }: CommandRequest): Call {
  if (requestId === undefined || call.caller.idempotency !== undefined) return call;
  const idempotency = { key: requestId, fingerprint: `rollback ${call.params.id ?? ''}` };
  return { ...call, caller: { ...call.caller, idempotency } };
}

function checkExpected({ id, currentStep, steps }: Deployment, { expect }: CommandRequest): void {
  if (expect?.step !== undefined && expect.step !== currentStep) {
    throw new TerminalError(
      'stale',
      `Deployment ${id} is at step ${currentStep}, not at step ${expect.step}.`,
    );
  }
  const batch = steps[currentStep - 1]?.actions.find(({ state }) => state === 'running')?.batch ?? 0;
  if (expect?.batch !== undefined && expect.batch !== batch) {
    throw new TerminalError('stale', `Deployment ${id} is at batch ${batch}, not at batch ${expect.batch}.`);
  }
}

function bodyOf(call: Call, request: CommandRequest): CommandBody {
  const { expect, mode, requestId = call.caller.idempotency?.key } = request;
  const reason = request.reason ?? call.caller.reason;
  return {
    by: actor(call.caller, request.by),
    channel: call.caller.channel,
    ...(reason === undefined ? {} : { reason }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(expect === undefined ? {} : { expect }),
    ...(mode === undefined ? {} : { mode }),
  };
}

async function created(context: Context, id: string, status: number): Promise<Answer & { body: Deployment }> {
  return {
    status,
    body: await mustFind(context, id),
    headers: { 'Marathon-Deployment-Id': id, Location: `/api/deployments/${id}` },
  };
}

async function mustFind({ store, config }: Context, id: string): Promise<Deployment> {
  const found = await deploymentById(store.db, config.environment, id);
  if (found === undefined)
    throw notFound(`There is no deployment '${id}' in the environment ${config.environment}.`);
  return found;
}
