import { requireWindow } from '../../admission/calendar.js';
import { rollbackOptions } from '../../admission/rollback.js';
import { notFound, TerminalError } from '../../errors.js';
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
import { optional } from '../../store/compact.js';
import { deploymentById, missingDeployment, pageDeployments } from '../../store/deployments.js';
import { admit, requestOf } from '../admit.js';
import { runCommand } from '../commands.js';
import type { Context } from '../deps.js';
import { actor } from '../http/caller.js';
import { operation } from '../http/operation.js';
import type { QueryOf } from '../http/parameters.js';
import { oneOf, optionalFlag, text, time } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { CREATED_HEADERS, json } from '../openapi/answers.js';
import {
  deployment as deploymentAnswer,
  deploymentPage,
  explanation,
  planPreview,
  startedDeployment,
} from '../openapi/answers-native.js';
import { readChange } from './change.js';
import { explainDeployment } from './explain.js';
import { pageParameters } from './page.js';
import { commandParameter, deploymentId } from './path-parameters.js';
import { type CommandRequest, commandRequest, deploymentRequest, editRequest } from './schemas.js';
import { readWaves } from './waves.js';

const DEPLOYMENT = '^/deployments/+(?<id>[^/]+)';

const listParameters = {
  ...pageParameters,
  state: oneOf('Only those in this state.', Object.keys(DEPLOYMENT_STATES) as DeploymentState[]),
  app: text('Only those that affect this app.'),
  active: optionalFlag('Only those that have not ended; false: only those that have.'),
  since: time('Only those accepted then or later.'),
};

/** `/api/deployments` and `/api/plan`. */
export function deploymentRoutes(context: Context): Route[] {
  const params = { id: deploymentId };
  return [
    {
      path: /^\/deployments\/*$/,
      at: ['/deployments'],
      GET: operation(
        {
          id: 'listDeployments',
          summary: 'Deployments, the newest first',
          query: listParameters,
          answers: { 200: json('A page of them.', deploymentPage) },
          refusals: [422],
        },
        (_call, query) => list(context, query),
      ),
      POST: operation(
        {
          id: 'startDeployment',
          summary: 'Start a release',
          body: { schema: deploymentRequest },
          answers: { 201: json('The deployment as it was accepted.', startedDeployment, CREATED_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call) => start(context, call),
      ),
    },
    {
      path: /^\/plan\/*$/,
      at: ['/plan'],
      POST: operation(
        {
          id: 'previewDeployment',
          summary: 'What a release would do',
          description: 'Takes the body of a release; nothing is stored.',
          body: { schema: deploymentRequest },
          answers: { 200: json('Steps, batches, peaks, and what would not fit.', planPreview) },
          refusals: [404, 409, 422],
        },
        (call) => preview(context, call),
      ),
    },
    {
      path: new RegExp(`${DEPLOYMENT}/*$`),
      at: ['/deployments/{id}'],
      params,
      GET: operation(
        {
          id: 'getDeployment',
          summary: 'A deployment, live or ended',
          answers: { 200: json('The deployment.', deploymentAnswer) },
          refusals: [404],
        },
        (call) => show(context, call),
      ),
      PATCH: operation(
        {
          id: 'editDeployment',
          summary: 'Edit what has not run yet',
          body: { schema: editRequest },
          answers: { 200: json('The deployment as it is then.', deploymentAnswer) },
          refusals: [404, 409, 422],
        },
        (call) => edit(context, call),
      ),
    },
    {
      path: new RegExp(`${DEPLOYMENT}/+explain/*$`),
      at: ['/deployments/{id}/explain'],
      params,
      GET: operation(
        {
          id: 'explainDeployment',
          summary: 'Why a deployment does not move, until when, and who can do what',
          answers: { 200: json('The explanation.', explanation) },
          refusals: [404],
        },
        (call) => explain(context, call),
      ),
    },
    {
      path: new RegExp(`${DEPLOYMENT}/+(?<command>[a-zA-Z]+)/*$`),
      at: ['/deployments/{id}/{command}'],
      params: { ...params, command: commandParameter },
      POST: operation(
        {
          id: 'commandDeployment',
          summary: 'Give a deployment a command',
          body: { schema: commandRequest, required: false },
          answers: {
            200: json('The deployment as it is then; of a rollback the new one.', deploymentAnswer),
          },
          refusals: [404, 409, 422],
        },
        (call) => command(context, call),
      ),
    },
  ];
}

async function list({ store, config }: Context, query: QueryOf<typeof listParameters>): Promise<Answer> {
  const { app, ...filter } = query;
  const page = await pageDeployments(store.db, config.environment, {
    ...optional(filter),
    ...(app === undefined ? {} : { app: absolute(app, ROOT) }),
  });
  return { status: 200, body: page };
}

async function show(context: Context, call: Call): Promise<Answer> {
  return { status: 200, body: await mustFind(context, call.params.id ?? '') };
}

/** Why it does not move. */
async function explain(context: Context, call: Call): Promise<Answer> {
  return {
    status: 200,
    body: await explainDeployment(context, await mustFind(context, call.params.id ?? '')),
  };
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
  const { change, waves, by, reason, ...options } = parseWith(deploymentRequest, call.json());
  const read = waves ? await readWaves(context, change, waves) : await readChange(context, change);
  return { ...read, wish: { by, reason, options } };
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

/** Changes the options of what has not run yet. */
async function edit(context: Context, call: Call): Promise<Answer> {
  const { by, reason, requestId, expect, ...options } = parseWith(editRequest, call.json());
  const deployment = await mustFind(context, call.params.id ?? '');
  await requireWindow(context.store.db, context.config.environment, options);
  const who = { ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
  const once = {
    ...(requestId === undefined ? {} : { requestId }),
    ...(expect === undefined ? {} : { expect }),
  };
  await runCommand(context, deployment, 'edit', { ...bodyOf(call, { ...who, ...once }), options });
  return { status: 200, body: await mustFind(context, deployment.id) };
}

function commandNamed(name: string): Command {
  const names = Object.keys(COMMANDS).filter((each) => each !== 'edit');
  if (names.includes(name)) return name as Command;
  throw notFound(`There is no command '${name}'; ${names.join(', ')} are there.`);
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
    options: rollbackOptions(deployment, request.batched),
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

function checkExpected({ id, state, currentStep, steps }: Deployment, { expect }: CommandRequest): void {
  const stale = (what: string, is: number, expected: number) =>
    new TerminalError('stale', `Deployment ${id} is at ${what} ${is}, not at ${what} ${expected}.`, {
      state,
    });
  if (expect?.step !== undefined && expect.step !== currentStep)
    throw stale('step', currentStep, expect.step);
  const running = steps[currentStep - 1]?.actions.filter((action) => action.state === 'running') ?? [];
  const batch = Math.max(0, ...running.map((action) => action.batch ?? 0));
  if (expect?.batch !== undefined && expect.batch !== batch) throw stale('batch', batch, expect.batch);
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
  if (found === undefined) throw await missingDeployment(store.db, config.environment, id);
  return found;
}
