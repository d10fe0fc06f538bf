import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Absolute path of a program as execvp(3) would find it; undefined = there is none. */
export function findProgram(name: string, env: Record<string, string>, cwd: string): string | undefined {
  if (name.includes('/')) return isProgram(path.resolve(cwd, name)) ? name : undefined;
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return folders.map((folder) => path.resolve(cwd, folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
