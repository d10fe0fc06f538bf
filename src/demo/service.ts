import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { apiUrl } from '../cli/context.js';
import { homeOf } from '../cli/home-of.js';
import { findService } from '../home.js';
import { freePort } from './ports.js';

/** The service that the demo works with. */
export interface DemoService {
  api: string;
  /** False: it ran before and goes on after. */
  own: boolean;
  home: string;
  /** Ends it where it is the demo's own, and removes its home. */
  stop(): Promise<void>;
}

type Env = Record<string, string | undefined>;

/** The first start fetches a Temporal server where none is on the machine. */
const START_TIMEOUT_MS = 600_000;
const STOP_TIMEOUT_MS = 30_000;
const LOG_LINES = 20;

/** The service that runs already, by its home or its address; else a new one with a home of its own. */
export async function findOrStart(
  env: Env,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<DemoService> {
  const home = homeOf(env);
  const api = (await findService(home))?.apiUrl ?? apiUrl(env);
  if (await answers(api)) {
    say(`Using the service at ${api}.`);
    return { api, own: false, home, stop: async () => undefined };
  }
  return start(join(home, 'demo'), env, say, signal);
}

async function start(
  home: string,
  env: Env,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<DemoService> {
  const ports = {
    SLIPWAY_PORT: await portFor(env.SLIPWAY_PORT, 8080),
    SLIPWAY_TEMPORAL_PORT: await portFor(env.SLIPWAY_TEMPORAL_PORT, 7233),
    SLIPWAY_TEMPORAL_UI_PORT: await portFor(env.SLIPWAY_TEMPORAL_UI_PORT, 8233),
  };
  const api = `http://127.0.0.1:${ports.SLIPWAY_PORT}`;
  mkdirSync(home, { recursive: true });
  const log = join(home, 'demo.log');
  say(`Starting the service at ${api}; its log is ${log}.`);
  const child = launch(log, { ...withoutNpm(env), ...ports, SLIPWAY_HOME: home });
  const service: DemoService = {
    api,
    own: true,
    home,
    stop: async () => {
      await end(child);
      await rm(home, { recursive: true, force: true });
    },
  };
  try {
    await ready(api, child, log, signal);
    return service;
  } catch (error) {
    await end(child);
    throw error;
  }
}

/** The configured port or the service's default where it is free, else any free one. */
async function portFor(configured: string | undefined, otherwise: number): Promise<string> {
  return String(await freePort(Number(configured) || otherwise));
}

/** A process group of its own: Ctrl-C reaches the demo only, which ends the service in order. */
function launch(log: string, env: Env): ChildProcess {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, [main], { env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  child.unref();
  return child;
}

/** A service that npm runs ends with npm; this one is ended by the demo, or kept. */
function withoutNpm(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('npm_')));
}

async function ready(api: string, child: ChildProcess, log: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(api))) {
    if (hasEnded(child)) throw new Error(`The service ended while it started.\n${tailOf(log)}`);
    if (Date.now() > deadline) throw new Error(`The service did not answer at ${api}.\n${tailOf(log)}`);
    await delay(200, undefined, { signal });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(cut);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function answers(api: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/ping', api), { signal: AbortSignal.timeout(2_000) });
    return response.ok && (await response.text()).includes('pong');
  } catch {
    return false;
  }
}

function tailOf(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}
