import { ArchiveError } from './entry.js';

/**
 * Parts of a path inside the sandbox; `.` and empty parts are left out.
 * Throws ArchiveError where the path is absolute or goes up.
 */
export function partsInside(path: string, what: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const leaves = path.startsWith('/') || path.includes('\0') || /^[a-z]:[\\/]/i.test(path);
  if (leaves || parts.includes('..')) throw new ArchiveError(`${what} "${path}" leads out of the sandbox`);
  return parts;
}

/**
 * Checks where a symbolic link leads, from the folder that it is in. `..` is allowed at the beginning only: after a
 * name it would depend on what that name is, and a link there could lead out.
 */
export function requireLinkInside(path: string, target: string, folder: readonly string[]): void {
  const what = `the link "${path}" to "${target}"`;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const up = ups === -1 ? parts.length : ups;
  if (target === '' || target.startsWith('/') || target.includes('\0') || up > folder.length) {
    throw new ArchiveError(`${what} leads out of the sandbox`);
  }
  if (parts.slice(up).includes('..')) {
    throw new ArchiveError(`${what} goes up after going down, which could lead out of the sandbox`);
  }
}
