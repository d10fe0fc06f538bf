import type { RequestHandler } from 'express';
import { steady } from '../../os/steady.js';
import type { Metrics } from '../../telemetry/metrics.js';

/** Of what no route is for; ids and whatever a client makes up are no labels. */
const NO_ROUTE = 'none';

/** Counts requests and how long they take, by the route's template: `/v2/apps/{id}`. */
export function countRequests(metrics: Metrics): { handle: RequestHandler; total(): Promise<number> } {
  const requests = metrics.counter(
    'slipway_http_requests_total',
    'HTTP requests by method, route and status',
    'method',
    'route',
    'status',
  );
  const latency = metrics.histogram(
    'slipway_http_request_seconds',
    'Time until an HTTP answer was complete; streams are left out',
    'call',
    'method',
    'route',
  );
  return {
    handle: (req, res, next) => {
      const began = steady();
      res.on('finish', () => {
        const { method } = req;
        const { route = NO_ROUTE, stream } = res.locals as { route?: string; stream?: boolean };
        requests.inc({ method, route, status: res.statusCode });
        if (!stream) latency.observe({ method, route }, (steady() - began) / 1000);
      });
      next();
    },
    total: async () => (await requests.get()).values.reduce((sum, { value }) => sum + value, 0),
  };
}
