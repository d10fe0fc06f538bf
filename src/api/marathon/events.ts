import { TerminalError } from '../../errors.js';
import { lightEvent } from '../../formats/marathon/events.js';
import type { EventRecord } from '../../model/event.js';
import type { EventStreams } from '../events/stream.js';
import { operation } from '../http/operation.js';
import { type QueryOf, text, words } from '../http/parameters.js';
import type { Call, Route } from '../http/routing.js';
import { eventStream, lastEventId } from '../openapi/event-stream.js';

/** Events that Marathon's clients know. Its Python client ends at any other, so others need `/api/events`. */
const KNOWN = new Set([
  'api_post_event',
  'app_terminated_event',
  'deployment_failed',
  'deployment_info',
  'deployment_step_failure',
  'deployment_step_success',
  'deployment_success',
  'event_stream_attached',
  'event_stream_detached',
  'failed_health_check_event',
  'group_change_failed',
  'group_change_success',
  'health_status_changed_event',
  'instance_changed_event',
  'instance_health_changed_event',
  'status_update_event',
  'unhealthy_instance_kill_event',
  'unknown_instance_terminated_event',
]);

const eventParameters = {
  event_type: words('Only events of these types.'),
  'plan-format': text('`light` leaves the groups out of plans.'),
  lastEventId,
};
type EventQuery = QueryOf<typeof eventParameters>;

/** `/v2/events`: `event_type` (repeatable) and `plan-format=light` (Marathon 1.11). */
export function eventRoutes(streams: EventStreams): Route[] {
  return [
    {
      path: /^\/events\/*$/,
      at: ['/events'],
      GET: operation(
        {
          id: 'streamMarathonEvents',
          summary: 'Events that Marathon knows, as they happen',
          description: 'Needs the header `Accept: text/event-stream`.',
          query: eventParameters,
          answers: { 200: eventStream },
          refusals: [405],
        },
        (call, query) => serve(streams, call, query),
      ),
    },
  ];
}

function serve(streams: EventStreams, call: Call, query: EventQuery): Promise<undefined> {
  if (!/text\/event-stream/i.test(call.req.get('accept') ?? '')) {
    throw new TerminalError(
      'method_not_allowed',
      'Events come as a stream; send the header Accept: text/event-stream.',
    );
  }
  return streams.serve(call, marathonForm(query));
}

function marathonForm(query: EventQuery) {
  const wanted = new Set(query.event_type);
  const light = query['plan-format'] === 'light';
  return {
    shape(event: EventRecord): EventRecord | undefined {
      if (!KNOWN.has(event.eventType)) return undefined;
      if (wanted.size > 0 && !wanted.has(event.eventType)) return undefined;
      return light ? lightEvent(event) : event;
    },
  };
}
