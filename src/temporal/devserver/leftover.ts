import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allPids, commandLineOf, isSame, type ProcessIdentity, startTimeOf } from '../../os/process-table.js';
import { argumentsOf, type DevServerOptions, databaseOf, folderOf } from './command.js';

/** Notes who serves this home, for the next start. */
export async function recordServer(home: string, { pid, startTime }: ProcessIdentity): Promise<void> {
  const file = recordOf(home);
  await writeFile(`${file}.new`, `${JSON.stringify({ pid, startTime })}\n`);
  await rename(`${file}.new`, file);
}

export async function forgetServer(home: string): Promise<void> {
  await rm(recordOf(home), { force: true });
}

/**
 * Servers of this home that a killed service left: the recorded one, and any whose command line names this home's
 * database (a service can be killed between the start of its server and the record).
 */
export async function leftovers(home: string): Promise<ProcessIdentity[]> {
  const pids = new Set<number>();
  const recorded = await readRecord(home);
  if (recorded !== undefined && isSame(recorded.pid, recorded.startTime)) pids.add(recorded.pid);
  for (const pid of allPids()) if (servesHome(commandLineOf(pid), home)) pids.add(pid);
  return [...pids].flatMap((pid) => {
    const startTime = startTimeOf(pid);
    return startTime === undefined ? [] : [{ pid, startTime }];
  });
}

/** Whether a running server is the one that would be started now: same binary, ports, data and settings. */
export function isAsWanted(pid: number, options: DevServerOptions): boolean {
  return commandLineOf(pid).join('\0') === [options.binary, ...argumentsOf(options)].join('\0');
}

function servesHome(commandLine: readonly string[], home: string): boolean {
  return (
    commandLine[1] === 'server' && commandLine[2] === 'start-dev' && commandLine.includes(databaseOf(home))
  );
}

async function readRecord(home: string): Promise<ProcessIdentity | undefined> {
  try {
    const { pid, startTime } = JSON.parse(await readFile(recordOf(home), 'utf8')) as Record<string, unknown>;
    return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}

function recordOf(home: string): string {
  return join(folderOf(home), 'server.json');
}
