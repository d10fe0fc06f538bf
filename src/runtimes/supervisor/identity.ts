import { randomUUID } from 'node:crypto';
import type { PathId } from '../../model/app.js';

/** What stays when an instance is replaced. */
export interface Identity {
  uuid: string;
  /** Counts from 1; each launch is the next. */
  incarnation: number;
}

export function newIdentity(): Identity {
  return { uuid: randomUUID(), incarnation: 1 };
}

export function nextIncarnation({ uuid, incarnation }: Identity): Identity {
  return { uuid, incarnation: incarnation + 1 };
}

/** `product_db.instance-<uuid>._app.<incarnation>` (Marathon 1.11). */
export function instanceId(app: PathId, { uuid, incarnation }: Identity): string {
  return `${app.slice(1).replaceAll('/', '_')}.instance-${uuid}._app.${incarnation}`;
}
