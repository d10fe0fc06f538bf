import { chown, lchown, mkdir, readdir } from 'node:fs/promises';
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

/** These folders themselves, whatever is in them: only their users put something there. */
export async function giveFolders(folders: string[], user: RunAs): Promise<void> {
  await Promise.all(folders.map((folder) => chown(folder, user.uid, user.gid)));
}

/** Appended to, so that a rotation may empty them while the program writes. */
export function outputsOf(dir: string): [stdout: string, stderr: string] {
  return [path.join(dir, 'stdout'), path.join(dir, 'stderr')];
}
