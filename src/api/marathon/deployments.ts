import { rollbackOptions } from '../../admission/rollback.js';
import { notFound } from '../../errors.js';
import { deploymentJson } from '../../formats/marathon/deployment-json.js';
import { type Deployment, isEnded } from '../../model/deployment.js';
import { deploymentById } from '../../store/deployments.js';
import { runningDeployments } from '../../store/running.js';
import { admit } from '../admit.js';
import { runCommand } from '../commands.js';
import type { Context } from '../deps.js';
import { actor } from '../http/caller.js';
import { operation } from '../http/operation.js';
import { flag } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { DEPLOYMENT_HEADERS, empty, json } from '../openapi/answers.js';
import {
  deploymentResult as deploymentShown,
  marathonDeployment,
  marathonDeployments,
} from '../openapi/answers-marathon.js';
import type { ForceQuery } from './parameters.js';
import { deploymentResult } from './result.js';

/** `/v2/deployments`: those that run. */
export function deploymentRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/deployments\/*$/,
      at: ['/deployments'],
      GET: operation(
        {
          id: 'listRunningDeployments',
          summary: 'Deployments that run',
          answers: { 200: json('The deployments, the oldest first.', marathonDeployments) },
        },
        () => list(context),
      ),
    },
    {
      path: /^\/deployments\/+(?<id>[^/]+)\/*$/,
      at: ['/deployments/{id}'],
      params: { id: { description: 'Id of a deployment that runs.' } },
      GET: operation(
        {
          id: 'getRunningDeployment',
          summary: 'A deployment that runs',
          answers: { 200: json('The deployment.', marathonDeployment) },
          refusals: [404],
        },
        (call) => show(context, call),
      ),
      DELETE: operation(
        {
          id: 'deleteDeployment',
          summary: 'Roll a deployment back, or with `force` stop it and leave things as they are',
          query: { force: flag('Only stop it.') },
          answers: {
            200: json('The deployment that rolls back.', deploymentShown, DEPLOYMENT_HEADERS),
            202: empty('It was stopped.'),
          },
          refusals: [404, 409, 422],
        },
        (call, query) => remove(context, call, query),
      ),
    },
  ];
}

/** A release over several environments is none of Marathon's; the deployments of its waves are. */
async function list({ store, config }: Context): Promise<Answer> {
  const running = await runningDeployments(store.db, config.environment);
  return { status: 200, body: running.map(deploymentJson) };
}

/** Not in Marathon, though its 409 points here. */
async function show(context: Context, call: Call): Promise<Answer> {
  return { status: 200, body: deploymentJson(await mustRun(context, call)) };
}

/** Rolls back by a new deployment; with `force` it only stops, and leaves things as they are (Marathon 1.11). */
async function remove(context: Context, call: Call, { force }: ForceQuery): Promise<Answer> {
  const deployment = await mustRun(context, call);
  if (force) return stop(context, call, deployment);
  const { id } = deployment;
  const wish = { rollbackOf: id, options: rollbackOptions(deployment) };
  return deploymentResult(await admit(context, call, { kind: 'revert', deployment: id }, wish));
}

async function stop(context: Context, call: Call, deployment: Deployment): Promise<Answer> {
  const { caller } = call;
  const reason = caller.reason ?? 'stopped by DELETE with force=true';
  await runCommand(context, deployment, 'close', { by: actor(caller), channel: caller.channel, reason });
  return { status: 202 };
}

async function mustRun({ store, config }: Context, { params }: Call): Promise<Deployment> {
  const id = params.id ?? '';
  const found = await deploymentById(store.db, config.environment, id);
  if (found === undefined || found.waves || isEnded(found.state))
    throw notFound(`DeploymentPlan ${id} does not exist`);
  return found;
}
