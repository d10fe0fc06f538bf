import { statusUpdateEvent } from '../../formats/marathon/events.js';
import type { Fleet } from './fleet.js';
import type { Log } from './log.js';
import type { Projection } from './ports.js';
import type { Projector } from './projector.js';

const RETRY_MS = 1000;

/**
 * Instances that the database shows as alive but that have no folder (it was removed, or another one is used)
 * are taken off, and the stream is told. Asked until the database answers.
 */
export async function endLost(options: {
  projection: Projection;
  projector: Projector;
  fleet: Fleet;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { projection, projector, fleet, log, signal } = options;
  while (!signal.aborted) {
    try {
      for (const instance of await projection.alive()) {
        if (fleet.find(instance.id) !== undefined) continue;
        log.warn({ instance: instance.id }, 'an instance is shown as alive, but nothing is known of it here');
        const at = new Date().toISOString();
        const message = 'it was gone when the service started';
        projector.events([statusUpdateEvent({ ...instance, state: 'killed' }, at, message)]);
        projector.remove(instance.id);
      }
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }
}
