import { TerminalError } from '../errors.js';
import { type Entry, isDoneAtOnce } from './entry.js';

/** Throws Marathon's 403 where as many are live. What takes over from others may pass, and so may a way back: both relieve. */
export function refuseTooMany(entry: Entry, live: number, max: number): void {
  const { request, locks } = entry;
  if (isDoneAtOnce(entry) || locks.superseded.length > 0 || request.change.kind === 'revert') return;
  if (live < max) return;
  throw new TerminalError(
    'too_many_deployments',
    `Max number (${max}) of running deployments is achieved. Wait for existing deployments to complete or cancel one` +
      'using force=true parameter. You can increase max deployment number in the configuration of the service.',
  );
}
