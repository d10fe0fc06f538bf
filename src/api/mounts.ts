import type { Context } from './deps.js';
import { marathonRoutes } from './marathon/routes.js';
import type { ApiMetrics } from './metrics.js';
import { nativeRoutes } from './native/routes.js';
import type { Mount } from './openapi/mount.js';
import { openapiRoutes } from './openapi/routes.js';
import { plainRoutes } from './plain.js';

/** All routes of a server, by their prefixes; `document` makes the OpenAPI document of them. */
export function mountsOf(
  context: Context,
  metrics: ApiMetrics,
  document: (mounts: readonly Mount[]) => object,
): Mount[] {
  const mounts: Mount[] = [
    {
      prefix: '/api',
      tag: { name: 'Slipway', description: 'Releases, and all that operators need.' },
      error: 'Error',
      routes: [...nativeRoutes(context), ...openapiRoutes(() => document(mounts))],
    },
    {
      prefix: '/v2',
      tag: { name: 'Marathon', description: "Marathon 1.11's API." },
      error: 'MarathonError',
      routes: marathonRoutes(context),
    },
    {
      prefix: '',
      tag: { name: 'Service', description: 'What monitoring asks for.' },
      error: 'MarathonError',
      routes: plainRoutes(context, metrics),
    },
  ];
  return mounts;
}
