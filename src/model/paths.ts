import type { PathId } from './app.js';

export const ROOT: PathId = '/';

/** Marathon 1.11 PathId: what one segment of an id may look like. */
const SEGMENT = /^([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])(\.([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))*$/;

/** The same rule as Marathon states it in its answers. */
const SEGMENT_TEXT =
  '^(([a-z0-9]|[a-z0-9][a-z0-9\\-]*[a-z0-9])\\.)*([a-z0-9]|[a-z0-9][a-z0-9\\-]*[a-z0-9])|(\\.|\\.\\.)$';

/** Words that the URLs of `/v2` use as the last segment. */
const RESERVED = new Set(['restart', 'tasks', 'versions', '.', '..']);

/** Instance ids contain the path and become file names, which end at 255 characters. */
const MAX_LENGTH = 200;

function segments(id: string): string[] {
  return id.split('/').filter((part) => part !== '');
}

/** The absolute form of an id that may be relative to `base`, with `.` and `..` resolved; never leaves the root. */
export function absolute(id: string, base: PathId): PathId {
  const path = id.startsWith('/') ? [] : segments(base);
  for (const part of segments(id)) {
    if (part === '..') path.pop();
    else if (part !== '.') path.push(part);
  }
  return `/${path.join('/')}`;
}

/** The group that an app or group is in; the root is its own parent. */
export function parent(id: PathId): PathId {
  const end = id.lastIndexOf('/');
  return end <= 0 ? ROOT : id.slice(0, end);
}

/** All groups above an id, the nearest first, the root last. */
export function ancestors(id: PathId): PathId[] {
  const found: PathId[] = [];
  for (let at = id; at !== ROOT; ) {
    at = parent(at);
    found.push(at);
  }
  return found;
}

/** Whether `id` lies in the group, at any depth; a group is not below itself. */
export function isBelow(id: PathId, group: PathId): boolean {
  if (group === ROOT) return id !== ROOT;
  return id.startsWith(group) && id[group.length] === '/';
}

/** What is wrong with an id as the name of an app or group, in Marathon's words. */
export function idErrors(id: string): string[] {
  const parts = segments(id);
  if (parts.length === 0) return ['Path must contain at least one path element'];
  const errors: string[] = [];
  if (id.length > MAX_LENGTH) errors.push(`must not be longer than ${MAX_LENGTH} characters`);
  if (RESERVED.has(parts[parts.length - 1] ?? '')) {
    errors.push('must not end with any of the following reserved keywords: restart, tasks, versions, ., ..');
  }
  return [...errors, ...segmentErrors(parts)];
}

/** What is wrong with a dependency, which may be relative and may lead upwards. */
export function referenceErrors(reference: string): string[] {
  return segmentErrors(segments(reference));
}

function segmentErrors(parts: string[]): string[] {
  const fine = parts.every((part) => part === '.' || part === '..' || SEGMENT.test(part));
  return fine ? [] : [`must fully match regular expression '${SEGMENT_TEXT}'`];
}
