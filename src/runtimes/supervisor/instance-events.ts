import {
  healthStatusChangedEvent,
  instanceChangedEvent,
  instanceHealthChangedEvent,
  statusUpdateEvent,
} from '../../formats/marathon/events.js';
import type { Instance } from '../../model/instance.js';
import type { EventRecord } from './ports.js';

/** What the event stream tells of a change of an instance; `before` is absent for a new one. */
export function changeEvents(before: Instance | undefined, after: Instance, at: string): EventRecord[] {
  return [...stateEvents(before, after, at), ...healthEvents(before, after, at)];
}

function stateEvents(before: Instance | undefined, after: Instance, at: string): EventRecord[] {
  if (before?.state === after.state) return [];
  return [statusUpdateEvent(after, at, after.message ?? ''), instanceChangedEvent(after, at)];
}

function healthEvents(before: Instance | undefined, after: Instance, at: string): EventRecord[] {
  if (after.state !== 'running' || (before?.healthy ?? null) === after.healthy) return [];
  const changed = instanceHealthChangedEvent(after, at);
  return after.healthy === null ? [changed] : [changed, healthStatusChangedEvent(after, after.healthy, at)];
}
