import { text } from '../http/parameters.js';
import { media } from './answers.js';

/** Answer of the two event streams. */
export const eventStream = media(
  'Server-sent events, until the client or the server goes. The header `Last-Event-ID` replays what came after that event; where some of that is not kept any more, `/api/events` begins with an `events_missed`.',
  'text/event-stream',
);

/** For clients that cannot send the header. */
export const lastEventId = text('Like the header `Last-Event-ID`.');
