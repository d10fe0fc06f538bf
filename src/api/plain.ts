import type { Context } from './deps.js';
import { operation } from './http/operation.js';
import type { Route } from './http/routing.js';
import { ping } from './marathon/system.js';
import type { ApiMetrics } from './metrics.js';
import { empty, json, media } from './openapi/answers.js';
import { metricsAnswer } from './openapi/answers-marathon.js';
import { startPageAnswer } from './openapi/answers-native.js';
import { startPage } from './page.js';

/** Routes beside `/v2` and `/api`. */
export function plainRoutes({ info, config }: Context, metrics: ApiMetrics): Route[] {
  return [
    {
      path: /^\/$/,
      at: ['/'],
      GET: operation(
        {
          id: 'getStart',
          summary: 'Links',
          answers: { 200: { ...json('Links to all that there is.', startPageAnswer), or: ['text/html'] } },
        },
        startPage(info.version, info.uiUrl),
      ),
    },
    {
      path: /^\/ping\/*$/,
      at: ['/ping'],
      GET: operation(
        {
          id: 'ping',
          summary: 'pong',
          description: 'Needs no token. The form follows `Accept`.',
          answers: {
            200: { ...media('pong', 'text/plain'), or: ['application/json'] },
            204: empty('`Accept` asks for neither text nor JSON.'),
          },
        },
        ping,
      ),
    },
    {
      path: /^\/metrics\/*$/,
      at: ['/metrics'],
      GET: operation(
        {
          id: 'getMetrics',
          summary: "Metrics in the form of Marathon's",
          answers: { 200: json('The metrics.', metricsAnswer) },
        },
        async () => ({ status: 200, body: await metrics.json(config.environment) }),
      ),
    },
    {
      path: /^\/metrics\/prometheus\/*$/,
      at: ['/metrics/prometheus'],
      GET: operation(
        {
          id: 'getPrometheus',
          summary: 'Metrics for Prometheus',
          answers: { 200: media('The metrics.', 'text/plain') },
        },
        async () => ({ status: 200, body: await metrics.prometheus() }),
      ),
    },
  ];
}
