import { and, eq, isNull } from 'drizzle-orm';
import { TerminalError } from '../errors.js';
import type { Db } from '../store/db.js';
import { deployments } from '../store/schema.js';
import { type Entry, isDoneAtOnce } from './entry.js';

/** Throws Marathon's 403 at the cap. What takes over from others may pass, and so may a way back: both relieve. */
export async function refuseTooMany(tx: Db, entry: Entry, max: number): Promise<void> {
  const { request, locks } = entry;
  if (isDoneAtOnce(entry) || locks.superseded.length > 0 || request.change.kind === 'revert') return;
  const live = await tx.$count(
    deployments,
    and(eq(deployments.environment, request.environment), isNull(deployments.endedAt)),
  );
  if (live < max) return;
  throw new TerminalError(
    'too_many_deployments',
    `Max number (${max}) of running deployments is achieved. Wait for existing deployments to complete or cancel one` +
      'using force=true parameter. You can increase max deployment number in the configuration of the service.',
  );
}
