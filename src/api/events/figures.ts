import type { Metrics } from '../../telemetry/metrics.js';
import type { EventStreams } from './stream.js';

interface Served {
  config: { environment: string };
  streams: EventStreams;
}

/** Who listens to the events of a server. */
export interface StreamFigures {
  dropped(environment: string): void;
  /** From now on the streams are counted when somebody asks. */
  show(served: readonly Served[]): void;
}

export function streamFigures(metrics: Metrics): StreamFigures {
  const clients = metrics.gauge(
    'slipway_event_stream_clients',
    'Open event streams of this server',
    'environment',
  );
  const dropped = metrics.counter(
    'slipway_event_stream_dropped_total',
    'Event streams that were ended because their client did not read',
    'environment',
  );
  return {
    dropped: (environment) => dropped.inc({ environment }),
    show: (served) =>
      metrics.onRead([clients], async () => () => {
        for (const { config, streams } of served) {
          clients.set({ environment: config.environment }, streams.clients);
          dropped.inc({ environment: config.environment }, 0);
        }
      }),
  };
}
