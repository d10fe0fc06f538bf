import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSame, type ProcessIdentity } from '../os/process-table.js';
import type { Io } from './io.js';

/** What a running service says of itself in `<home>/service.json`. */
export interface ServiceRecord extends ProcessIdentity {
  port: number;
  apiUrl: string;
}

/** Folder of the embedded service: SLIPWAY_HOME, else `.slipway` here. */
export function homeOf(env: Io['env']): string {
  return resolve(env.SLIPWAY_HOME || '.slipway');
}

/** The service that runs with this home; undefined where none does, though one may have left its record. */
export async function runningService(home: string): Promise<ServiceRecord | undefined> {
  const record = await readRecord(join(home, 'service.json'));
  return record !== undefined && isSame(record.pid, record.startTime) ? record : undefined;
}

async function readRecord(path: string): Promise<ServiceRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ServiceRecord;
  } catch {
    return undefined;
  }
}
