import { eventsGone, eventsSince, lastEventId } from '../../store/events.js';
import { CHANNEL, type Store } from '../../store/store.js';
import type { EventReader } from './hub.js';

/** The events of one environment, from the database. */
export function eventReader(store: Store, environment: string): EventReader {
  return {
    after: (id, limit) => eventsSince(store.db, environment, id, limit),
    latest: () => lastEventId(store.db, environment),
    gone: () => eventsGone(store.db, environment),
    listen: (listener) => store.listen(CHANNEL.events, listener),
  };
}
