import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TerminalError } from './errors.js';
import { type Lock, tryLock } from './os/lock.js';
import { npmParent } from './os/npm-parent.js';
import { isSame, type ProcessIdentity, startTimeOf } from './os/process-table.js';
import { steady } from './os/steady.js';

/** Where a service is reached, once it listens. */
interface ServiceAddresses {
  port: number;
  apiUrl: string;
  temporalAddress: string;
  uiUrl?: string;
}

/** `service.json`: the service that uses a home. The addresses are absent until it listens. */
export interface ServiceRecord extends ProcessIdentity, Partial<ServiceAddresses> {
  /** The `npm start` that runs it. */
  npmPid?: number;
  npmStartTime?: string;
}

/** SLIPWAY_HOME, held by this process alone. */
export interface Home {
  /** Absolute. */
  readonly path: string;
  /** Lets the CLI find the service. */
  announce(addresses: ServiceAddresses): Promise<void>;
  /** Gives the home free; the last thing that a service does. */
  release(): Promise<void>;
}

/** How long a service whose npm is gone may take to stop by itself before a new start gives up. */
const ORPHAN_MS = 15_000;

/**
 * Makes the home where it is missing and takes it for this process.
 * Throws TerminalError `bad_request` where the folder cannot be used, `locked` where another service has it.
 */
export async function openHome(path: string, env: NodeJS.ProcessEnv = process.env): Promise<Home> {
  const home = resolve(path);
  await requireWritable(home);
  const lock = await takeLock(home);
  const npm = npmParent(env);
  const self: ServiceRecord = {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    ...(npm && { npmPid: npm.pid, npmStartTime: npm.startTime }),
  };
  await writeRecord(home, self);
  return {
    path: home,
    announce: (addresses) => writeRecord(home, { ...self, ...addresses }),
    async release() {
      await rm(recordOf(home), { force: true });
      await lock.release();
    },
  };
}

/** The service that runs on a home, or `undefined`. A record that a killed service left counts as none. */
export async function findService(path: string): Promise<ServiceRecord | undefined> {
  const record = await readRecord(resolve(path));
  return record && isSame(record.pid, record.startTime) ? record : undefined;
}

/** Name of the environment whose instances lie in the home itself: the only one where no others are configured. */
const AT_HOME = 'default';
const ENVIRONMENTS = 'environments';

/** Folder of an environment's instances. */
export function homeOfEnvironment(home: string, environment: string): string {
  return environment === AT_HOME ? home : join(home, ENVIRONMENTS, environment);
}

/** Folders of all environments that ever had instances in this home. */
export async function environmentHomes(path: string): Promise<string[]> {
  const home = resolve(path);
  const names = await readdir(join(home, ENVIRONMENTS)).catch(() => []);
  return [home, ...names.map((name) => join(home, ENVIRONMENTS, name))];
}

async function takeLock(home: string): Promise<Lock> {
  const deadline = steady() + ORPHAN_MS;
  for (;;) {
    const attempt = await tryLock(home, 'lock');
    if ('lock' in attempt) return attempt.lock;
    const holder = await findService(home);
    if (!holder || !isOrphan(holder) || steady() > deadline) throw inUse(home, attempt.holder, holder);
    await sleep(100);
  }
}

/** Its npm was killed: it notices that and stops (see os/npm-parent). */
function isOrphan({ npmPid, npmStartTime }: ServiceRecord): boolean {
  return npmPid !== undefined && npmStartTime !== undefined && !isSame(npmPid, npmStartTime);
}

function inUse(home: string, { pid }: ProcessIdentity, service: ServiceRecord | undefined): TerminalError {
  const where = service?.apiUrl === undefined ? '' : `, ${service.apiUrl}`;
  return new TerminalError(
    'locked',
    `Slipway already runs on ${home} (process ${pid}${where}). Use that one, stop it with "slipway down", or set SLIPWAY_HOME to another folder.`,
  );
}

async function requireWritable(home: string): Promise<void> {
  const probe = join(home, `.writable-${process.pid}`);
  try {
    await makeFolder(home);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new TerminalError(
      'bad_request',
      `SLIPWAY_HOME ${home} cannot be used: ${reasonOf(error)}. Set SLIPWAY_HOME to a folder that this user can write to.`,
    );
  }
}

/** Not `mkdir` with `recursive`: that one tries for ever where a file system takes no folders, as /proc (Node 20). */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (path !== dirname(path)) await makeFolder(dirname(path));
  // Another starter may have made it in between; what is no folder is found by the probe.
  await mkdir(path).catch((error: unknown) => isFolder(path).then((made) => made || Promise.reject(error)));
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

const REASONS: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '', path } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST' || code === 'ENOTDIR') return `${path} is not a folder`;
  return REASONS[code] ?? error.message;
}

async function writeRecord(home: string, record: ServiceRecord): Promise<void> {
  const file = recordOf(home);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

async function readRecord(home: string): Promise<ServiceRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(recordOf(home), 'utf8')) as ServiceRecord;
    return typeof record.pid === 'number' && typeof record.startTime === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

function recordOf(home: string): string {
  return join(home, 'service.json');
}
