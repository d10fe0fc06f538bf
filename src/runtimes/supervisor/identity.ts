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

/** An app's id as part of other names: `product_db`. Ids have no underscores, so no two apps share one. */
export function appName(app: PathId): string {
  return app.slice(1).replaceAll('/', '_');
}

/** `product_db.instance-<uuid>._app.<incarnation>` (Marathon 1.11). */
export function instanceId(app: PathId, { uuid, incarnation }: Identity): string {
  return `${appName(app)}.instance-${uuid}._app.${incarnation}`;
}
