import { z } from 'zod';
import { invalid, invalidAt } from '../../errors.js';
import type { PathId } from '../../model/app.js';
import type { Change } from '../../model/change.js';
import { parseWith } from '../parse.js';
import { parseApp } from './parse-app.js';
import { groupUpdateAt } from './parse-group.js';
import { appSchema, groupSchema } from './schema.js';
import { parseTimestamp } from './timestamps.js';

const versionOnly = z.strictObject({ id: z.unknown().optional(), version: z.string() });
const scaleOnly = z.strictObject({ id: z.unknown().optional(), scaleBy: z.number().min(0).max(100_000) });

/** What PUT of a group takes: one of three. */
export const groupChangeSchema = z.union([versionOnly, scaleOnly, groupSchema]);

/** What PUT and PATCH of an app take. */
export const appChangeSchema = z.union([versionOnly, appSchema]);

const NOT_TOGETHER = 'not allowed in conjunction with other properties.';

/** PUT and PATCH of one app: a body of only a version brings that version back, any other is an update. */
export function parseAppChange(
  json: unknown,
  id: PathId,
  options: { partial: boolean; create: boolean },
): Change {
  const rollback = versionOnly.safeParse(json);
  if (rollback.success) return { kind: 'rollbackApp', id, version: parseTimestamp(rollback.data.version) };
  return { kind: 'updateApps', apps: [parseApp(json, { id })], ...options };
}

/** PUT of a group: back to a version, scaled by a factor, or another structure; never two of them at once. */
export function parseGroupChange(json: unknown, id: PathId): Change {
  const rollback = versionOnly.safeParse(json);
  if (rollback.success) return { kind: 'rollbackGroup', id, version: parseTimestamp(rollback.data.version) };
  if (isObject(json) && json.scaleBy !== undefined && json.scaleBy !== null) return parseScale(json, id);
  if (isObject(json) && typeof json.version === 'string') throw invalidAt('/version', NOT_TOGETHER);
  return { kind: 'updateGroup', group: groupUpdateAt(parseWith(groupSchema, json), id) };
}

function parseScale(json: Record<string, unknown>, id: PathId): Change {
  const others = Object.keys(json).filter((key) => key !== 'id' && key !== 'scaleBy');
  if (others.length > 0) throw invalid([{ path: '/scaleBy', errors: [NOT_TOGETHER] }]);
  return { kind: 'scaleGroup', id, factor: parseWith(scaleOnly, json).scaleBy };
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
