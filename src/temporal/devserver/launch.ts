import { mkdir } from 'node:fs/promises';
import { RetryableError, TerminalError } from '../../errors.js';
import { endProcess } from '../../os/end-process.js';
import { isPortFree } from '../../os/ports.js';
import { type DevServerOptions, folderOf, HOST } from './command.js';
import { isAsWanted, leftovers, recordServer } from './leftover.js';
import { isPanic, lastLines, logFileOf, rotate, sizeOf } from './output.js';
import { type ServerProcess, spawnServer, watchServer } from './process.js';
import { becomesReady } from './ready.js';

/** One second on an idle machine; this is for one that is busy with everything else. */
const START_MS = 60_000;
/** A server that was left over runs already; it answers soon or it hangs. */
const TAKE_OVER_MS = 10_000;
/** It ends in one second by itself. */
export const STOP_MS = 10_000;

/** Beside those that it is given the server takes free ports for itself, and falls over where somebody was quicker. */
const STARTS = 3;

/** Takes over the server that serves this home already, or ends what cannot be taken over and starts one. */
export async function takeOverOrLaunch(options: DevServerOptions): Promise<{
  server: ServerProcess;
  takenOver: boolean;
}> {
  await mkdir(folderOf(options.home), { recursive: true });
  const running = await takeOver(options);
  return running
    ? { server: running, takenOver: true }
    : { server: await firstLaunch(options), takenOver: false };
}

async function firstLaunch(options: DevServerOptions): Promise<ServerProcess> {
  for (let start = 1; ; start++) {
    try {
      return await launch(options);
    } catch (error) {
      if (start === STARTS || !(error instanceof FellOver)) throw error;
    }
  }
}

/** A panic of the server: it did not find out by itself why it cannot run. */
class FellOver extends RetryableError {}

/** Starts a server and waits until it answers. Throws with the reason where it cannot, or where `signal` ends the wait. */
export async function launch(options: DevServerOptions, signal?: AbortSignal): Promise<ServerProcess> {
  await requireFreePorts(options);
  await rotate(options.home);
  const logStart = await sizeOf(logFileOf(options.home));
  const server = await spawnServer(options);
  await recordServer(options.home, server);
  const early = new AbortController();
  void server.ended.then(() => early.abort());
  const given = AbortSignal.any(signal ? [early.signal, signal] : [early.signal]);
  if (await becomesReady(addressOf(options), START_MS, given)) return server;
  const how = early.signal.aborted
    ? `ended at its start (${await server.ended})`
    : `did not answer within ${START_MS / 1000} s`;
  await endProcess(server, STOP_MS);
  const lines = await lastLines(options.home, logStart);
  const Problem = lines.some(isPanic) ? FellOver : RetryableError;
  throw new Problem(
    `Temporal at ${addressOf(options)}`,
    `The Temporal server ${how}. The last lines of ${logFileOf(options.home)}:${lines.map((line) => `\n  ${line}`).join('')}`,
  );
}

export function addressOf({ port }: DevServerOptions): string {
  return `${HOST}:${port}`;
}

async function takeOver(options: DevServerOptions): Promise<ServerProcess | undefined> {
  let taken: ServerProcess | undefined;
  for (const leftover of await leftovers(options.home)) {
    const usable = !taken && isAsWanted(leftover.pid, options);
    if (usable && (await becomesReady(addressOf(options), TAKE_OVER_MS))) taken = watchServer(leftover);
    else await endLeftover(leftover.pid, await endProcess(leftover, STOP_MS));
  }
  if (taken) await recordServer(options.home, taken);
  return taken;
}

async function endLeftover(pid: number, ended: boolean): Promise<void> {
  if (ended) return;
  throw new TerminalError(
    'unavailable',
    `Process ${pid} is a Temporal server of an earlier start and cannot be ended. End it, then start again.`,
  );
}

async function requireFreePorts({ port, uiPort }: DevServerOptions): Promise<void> {
  await requireFree(port, 'the Temporal server', 'SLIPWAY_TEMPORAL_PORT');
  await requireFree(uiPort, 'the Temporal UI', 'SLIPWAY_TEMPORAL_UI_PORT');
}

async function requireFree(port: number, user: string, variable: string): Promise<void> {
  if (await isPortFree(HOST, port)) return;
  throw new TerminalError(
    'unavailable',
    `Port ${port} on ${HOST}, which ${user} needs, is in use by another program. End that program, or set ${variable} to a free port.`,
  );
}
