import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { Exit } from '../supervisor/driver.js';
import { readText } from './proc.js';

/** What a shim noted of the end of its program; undefined where it could not. */
export function notedStatus(dir: string): number | undefined {
  const text = readText(path.join(dir, 'exit'));
  return text?.endsWith('\n') ? Number(text) : undefined;
}

/** The sentence about an end; a failure carries the last line that the program said. */
export function exitWith(status: number, dir: string): Exit {
  if (status === 0) return { exitStatus: 0, message: 'exited with status 0' };
  const said = lastLine(path.join(dir, 'stderr'));
  const how = status > 128 ? `was ended by ${signalName(status - 128)}` : `exited with status ${status}`;
  return { exitStatus: status, message: said === undefined ? how : `${how}; stderr: ${said}` };
}

/** SIGKILL to the whole group, or to the shim alone: nobody could note a status. */
export const KILLED: Exit = { exitStatus: 137, message: 'was ended by SIGKILL' };

export const KILLED_WHILE_AWAY: Exit = {
  exitStatus: 137,
  message:
    'was ended by a signal or with the machine while the service was not running; its status is not known',
};

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

const LONGEST_LINE = 300;

function lastLine(file: string): string | undefined {
  const line = readEnd(file, 4096).trimEnd().split('\n').at(-1)?.trim();
  return line === undefined || line === '' ? undefined : line.slice(0, LONGEST_LINE);
}

function readEnd(file: string, bytes: number): string {
  try {
    const fd = openSync(file, 'r');
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const read = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    closeSync(fd);
    return buffer.toString('utf8', 0, read);
  } catch {
    return '';
  }
}
