import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { RetryableError, TerminalError } from '../errors.js';
import type { ProcessRuntime } from '../runtimes/process/runtime.js';
import { agentOf, refreshAgent, registerAgent } from '../store/agents.js';
import type { Store } from '../store/store.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Closing } from './closing.js';
import { controlHandler } from './control.js';
import { type Endpoint, metricsHandler, openEndpoint, type Parts } from './endpoint.js';

/** Capacity that others see is at most so old. */
const REFRESH_MS = 2_000;

interface Enlisting {
  config: Config;
  environment: string;
  /** Folder of the environment's instances. */
  home: string;
  store: Store;
  runtime: ProcessRuntime;
  log: Logger;
  metrics: Metrics;
  fail: (error: unknown) => void;
  closing: Closing;
  /** What `/readyz` shows. */
  parts?: () => Parts;
  /** The environment is taken from the home that has it. */
  takeOver?: boolean;
}

/**
 * Makes this process the one that runs the environment's instances: opens its control endpoint, writes its row, and
 * keeps it fresh. Throws TerminalError `locked` where the instances are those of another home. Before the supervisor starts.
 */
export async function enlist(enlisting: Enlisting): Promise<Endpoint> {
  const { config, environment, store, runtime, metrics, fail, closing } = enlisting;
  const { parts = () => ({}), takeOver = false } = enlisting;
  const token = randomUUID();
  const where = { host: config.host, port: config.healthPort };
  const handlers = [controlHandler(runtime, token), metricsHandler(metrics)];
  const endpoint = await openEndpoint(where, parts, ...handlers);
  closing.add('control endpoint', () => endpoint.close());
  const homeId = await homeIdOf(enlisting.home);
  const url = `http://${hostOf(config.agentHost)}:${endpoint.port}`;
  const agent = { homeId, url, token, capacity: await runtime.capacity() };
  if (!(await registerAgent(store.db, environment, agent, takeOver))) throw await taken(enlisting);
  const timer = setInterval(() => void refresh(enlisting, token, fail), REFRESH_MS);
  closing.add('agent row', () => clearInterval(timer));
  return endpoint;
}

function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Of the home itself, not of its path: that may be the same on every host. */
async function homeIdOf(home: string): Promise<string> {
  const file = join(home, 'home-id');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known.trim();
  const made = randomUUID();
  await writeFile(`${file}.new`, made);
  await rename(`${file}.new`, file);
  return made;
}

async function taken({ home, environment, store }: Enlisting): Promise<TerminalError> {
  const other = await agentOf(store.db, environment);
  const who = `Environment ${environment} is run by another home: the agent at ${other?.url}, last seen at ${other?.seenAt}`;
  const help = `Start the agent there. Where that host will never come back, start this one with --take-over: apps then start anew in ${home}.`;
  return new TerminalError('locked', `${who}. ${help}`);
}

async function refresh(
  { environment, store, runtime, log }: Enlisting,
  token: string,
  fail: (error: unknown) => void,
) {
  try {
    if (await refreshAgent(store.db, environment, { token, capacity: await runtime.capacity() })) return;
    const text = `Another agent took environment ${environment} over. The instances here go on unsupervised: "slipway down --instances" ends them.`;
    fail(new TerminalError('stale', text));
  } catch (error) {
    // The database is away: the instances are supervised all the same.
    if (!(error instanceof RetryableError)) log.error({ err: error }, 'the row of the agent was not written');
  }
}
