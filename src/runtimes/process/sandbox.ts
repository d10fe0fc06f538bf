import { chown, type FileHandle, lchown, mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { RunAs } from './user.js';

/** Where the program works; its records lie beside it, out of its way. */
export function sandboxOf(dir: string): string {
  return path.join(dir, 'sandbox');
}

export async function makeSandbox(dir: string): Promise<string> {
  const sandbox = sandboxOf(dir);
  await mkdir(sandbox, { recursive: true });
  return sandbox;
}

/** Everything in the sandbox becomes the user's; links themselves, not what they point at. */
export async function giveTo(sandbox: string, user: RunAs): Promise<void> {
  await chown(sandbox, user.uid, user.gid);
  for (const entry of await readdir(sandbox, { withFileTypes: true, recursive: true })) {
    await lchown(path.join(entry.parentPath, entry.name), user.uid, user.gid);
  }
}

/** Opened for appending, so that a rotation may empty them while the program writes. */
export async function openOutputs(dir: string): Promise<{ stdout: FileHandle; stderr: FileHandle }> {
  const [stdout, stderr] = await Promise.all([
    open(path.join(dir, 'stdout'), 'a'),
    open(path.join(dir, 'stderr'), 'a'),
  ]);
  return { stdout, stderr };
}
