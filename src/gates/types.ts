import type { PathId, Timestamp } from '../model/app.js';

/** Nothing is released meanwhile. */
export interface Freeze {
  name: string;
  from: Timestamp;
  /** Not included. */
  until: Timestamp;
  /** Ids of apps, or of groups with all below; absent = everything. */
  apps?: PathId[];
  reason: string;
}

/** When releases may run: each occurrence of the rule begins a time of `durationSeconds`. */
export interface ReleaseWindow {
  name: string;
  /** RFC 5545, with or without DTSTART. */
  rrule: string;
  durationSeconds: number;
  /** IANA name: `Europe/Berlin`. */
  timeZone: string;
  /** Apps or groups that are released in this window only; absent = those deployments that name it. */
  apps?: PathId[];
}

export interface Calendar {
  freezes: Freeze[];
  windows: ReleaseWindow[];
}
