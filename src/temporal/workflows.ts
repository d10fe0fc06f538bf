import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, type SearchAttributePair } from '@temporalio/common';
import { CONTROL_QUEUE } from '../../workflows/queues.js';
import {
  SEARCH_APP,
  SEARCH_ENVIRONMENT,
  SEARCH_GATE,
  SEARCH_STEP,
} from '../../workflows/search-attributes.js';
import { TRACE_HEADER } from '../../workflows/trace.js';
import type { DeploymentInput } from '../../workflows/types.js';
import { type ErrorCode, TerminalError } from '../errors.js';
import type { Command, CommandBody } from '../model/deployment.js';
import { reaching, wasGivenUp } from './failures.js';
import type { DeploymentWorkflows } from './gateway.js';
import { detailsOf, summaryOf } from './summary.js';

/** A list attribute stays far below the server's 2 KB. */
const APPS_INDEXED = 50;
/** A Temporal that hangs must not hold what calls it for ever. */
const CALL_TIMEOUT_MS = 15_000;
/** A command is answered by a worker; where none does within this time it says so. */
const COMMAND_TIMEOUT_MS = 10_000;
const GIVEN_UP_PAUSE_MS = 50;
const RUNNING = 'RUNNING';
/** Codes with which the workflow's validators refuse a command. */
const REFUSALS = [
  'not_applicable',
  'stale',
  'invalid',
  'forbidden',
  'reason_required',
] as const satisfies readonly ErrorCode[];

interface Queues {
  /** Differs only in tests, which have one each. */
  queue?: string;
  /** Of the activities that touch the runtime, where it is not that of the environment. */
  runtimeQueue?: string;
}

/** The deployments' workflows on a real Temporal. */
export function deploymentWorkflows(
  client: Client,
  address: string,
  { queue = CONTROL_QUEUE, runtimeQueue }: Queues = {},
): DeploymentWorkflows {
  const own = runtimeQueue === undefined ? {} : { runtimeQueue };
  const reach = <T>(call: () => Promise<T>) =>
    reaching(address, () => client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, call));
  return {
    start: (input, trace) => reach(() => start(client, queue, { ...input, ...own }, trace)),
    supersede: (id, by) => reach(() => tell(client, id, 'superseded', { by })),
    calendarChanged: async (ids) => {
      for (const id of ids) await reach(() => tell(client, id, 'calendarChanged'));
    },
    waveChanged: (id) => reach(() => tell(client, id, 'waveChanged')),
    command: (id, command, body) => reach(() => execute(client, id, command, body)),
    ended: (ids) => ended(ids, (id) => reach(() => howEnded(client, id))),
  };
}

async function start(
  client: Client,
  taskQueue: string,
  input: DeploymentInput,
  trace: string | undefined,
): Promise<void> {
  try {
    await client.workflow.start('deployment', {
      workflowId: input.id,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      typedSearchAttributes: searchAttributes(input),
      memo: {
        by: input.by,
        reason: input.reason,
        ...(trace === undefined ? {} : { [TRACE_HEADER]: trace }),
      },
      staticSummary: summaryOf(input),
      staticDetails: detailsOf(input),
    });
  } catch (error) {
    // Started by another attempt, and ended already.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function searchAttributes({ steps, environment }: DeploymentInput): SearchAttributePair[] {
  const apps = [
    ...new Set(steps.flatMap(({ actions }) => actions.flatMap(({ app, wave }) => (wave ? [] : [app])))),
  ];
  return [
    { key: SEARCH_APP, value: apps.slice(0, APPS_INDEXED) },
    { key: SEARCH_ENVIRONMENT, value: environment },
    { key: SEARCH_STEP, value: `0/${steps.length}` },
    { key: SEARCH_GATE, value: 'none' },
  ];
}

/** A signal to what may have ended. */
async function tell(client: Client, id: string, signal: string, ...args: object[]): Promise<void> {
  try {
    await client.workflow.getHandle(id).signal(signal, ...args);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function execute(client: Client, id: string, command: Command, body: CommandBody): Promise<void> {
  const deadline = Date.now() + COMMAND_TIMEOUT_MS;
  const update = () => client.workflow.getHandle(id).executeUpdate(command, { args: [body] });
  try {
    await client.connection.withDeadline(deadline, () => untilTaken(update, deadline));
  } catch (error) {
    throw refused(error, id) ?? error;
  }
}

async function untilTaken(update: () => Promise<unknown>, deadline: number): Promise<void> {
  for (;;) {
    try {
      await update();
      return;
    } catch (error) {
      if (!wasGivenUp(error) || Date.now() > deadline) throw error;
      await sleep(GIVEN_UP_PAUSE_MS);
    }
  }
}

function refused(error: unknown, id: string): TerminalError | undefined {
  if (error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError)
    return new TerminalError('not_applicable', `Deployment ${id} has ended`);
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  const code = cause instanceof ApplicationFailure ? cause.type : undefined;
  const known = REFUSALS.find((refusal) => refusal === code);
  if (known) return new TerminalError(known, `Deployment ${id}: ${cause?.message ?? ''}`);
  return new TerminalError(
    'not_applicable',
    `Deployment ${id} did not take the command: ${cause?.message ?? error.message}`,
  );
}

async function ended(
  ids: string[],
  ask: (id: string) => Promise<string | undefined>,
): Promise<{ id: string; how: string }[]> {
  const found: { id: string; how: string }[] = [];
  for (const id of ids) {
    const how = await ask(id);
    if (how) found.push({ id, how });
  }
  return found;
}

/** Undefined while it runs; an unknown one was never started or has been deleted. */
async function howEnded(client: Client, id: string): Promise<string | undefined> {
  try {
    const { status } = await client.workflow.getHandle(id).describe();
    return status.name === RUNNING ? undefined : status.name.toLowerCase().replaceAll('_', ' ');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'not found';
    throw error;
  }
}
