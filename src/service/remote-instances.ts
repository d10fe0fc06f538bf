import { createInterface } from 'node:readline';
import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import type { InstanceControl } from '../api/deps.js';
import { ERROR_CODES, type ErrorCode, RetryableError, TerminalError } from '../errors.js';
import type { Capacity, LogQuery } from '../runtimes/runtime.js';
import { agentOf, type KnownAgent } from '../store/agents.js';
import type { Store } from '../store/store.js';
import { CONTROL, type KillCall, type ResetDelayCall } from './control.js';

/** An agent that does not begin to answer within this time is away. */
const ANSWER_TIMEOUT_MS = 10_000;

const NOTHING: Capacity = { cpus: 0, mem: 0, disk: 0, ports: 0 };
const REFUSAL = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
});

/**
 * Instances that an agent of another process, or host, runs: its row in the database says where it is reached and
 * with which token. Throws RetryableError while it is away. Capacity is what it told last.
 */
export function remoteInstances(store: Store, environment: string): InstanceControl {
  const agent = () => mustFind(store, environment);
  return {
    kill: async (instances, options) => {
      await post(await agent(), CONTROL.kill, { instances, ...options } satisfies KillCall);
    },
    resetDelay: async (app) => {
      await post(await agent(), CONTROL.resetDelay, { app } satisfies ResetDelayCall);
    },
    logs: (instance, query) => logs(agent, instance, query),
    capacity: async () =>
      (await agentOf(store.db, environment))?.capacity ?? { total: NOTHING, taken: NOTHING },
  };
}

async function mustFind(store: Store, environment: string): Promise<KnownAgent> {
  const found = await agentOf(store.db, environment);
  if (found !== undefined) return found;
  throw new RetryableError(
    `the agent of environment ${environment}`,
    `No agent runs the instances of environment ${environment} yet; "slipway agent" starts one`,
  );
}

async function post(agent: KnownAgent, path: string, body: object): Promise<void> {
  const answer = await call(agent, path, {
    method: 'POST',
    body: JSON.stringify(body),
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  await answer.body.dump();
}

async function* logs(
  agent: () => Promise<KnownAgent>,
  instance: string,
  { stream, tail, follow = false, signal }: LogQuery,
): AsyncIterable<string> {
  const query = new URLSearchParams({ instance, stream, follow: String(follow) });
  if (tail !== undefined) query.set('tail', String(tail));
  try {
    const answer = await call(await agent(), `${CONTROL.logs}?${query}`, {
      method: 'GET',
      bodyTimeout: 0, // a followed output may be silent for hours
      ...(signal && { signal }),
    });
    for await (const line of createInterface({ input: answer.body, crlfDelay: Number.POSITIVE_INFINITY }))
      yield z.string().parse(JSON.parse(line));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

type Call = Pick<Dispatcher.RequestOptions, 'method' | 'body' | 'signal' | 'bodyTimeout'>;

async function call(agent: KnownAgent, path: string, options: Call): Promise<Dispatcher.ResponseData> {
  const answer = await request(agent.url + path, {
    ...options,
    headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' },
    headersTimeout: ANSWER_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw away(agent, error);
  });
  if (answer.statusCode < 300) return answer;
  const refusal = REFUSAL.safeParse(await answer.body.json().catch(() => undefined));
  // A token of an agent that has just started anew: its row is there a moment later.
  if (refusal.success && refusal.data.code !== 'unauthorized')
    throw new TerminalError(refusal.data.code, refusal.data.message);
  throw away(agent, new Error(`it answered ${answer.statusCode}`));
}

function away(agent: KnownAgent, cause: unknown): RetryableError {
  const text = `The agent at ${agent.url} does not answer; it was last seen at ${agent.seenAt}`;
  return new RetryableError(`the agent at ${agent.url}`, text, { cause });
}
