import type { Timestamp } from './app.js';

/** An event of the stream: Marathon's eventType and its other fields (formats/marathon/events). */
export interface EventRecord {
  eventType: string;
  timestamp: Timestamp;
  [field: string]: unknown;
}
