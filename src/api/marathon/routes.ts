import type { Context } from '../deps.js';
import type { Route } from '../http/routing.js';
import { appRoutes } from './apps.js';
import { deploymentRoutes } from './deployments.js';
import { eventRoutes } from './events.js';
import { groupRoutes } from './groups.js';
import { queueRoutes } from './queue.js';
import { systemRoutes } from './system.js';
import { taskRoutes } from './tasks.js';

/** Everything under `/v2`: Marathon 1.11's, and nothing beside it in any body, because its clients are strict. */
export function marathonRoutes(context: Context): Route[] {
  const { info, config, address, streams } = context;
  return [
    ...appRoutes(context),
    ...groupRoutes(context),
    ...deploymentRoutes(context),
    ...taskRoutes(context),
    ...queueRoutes(context),
    ...eventRoutes(streams),
    ...systemRoutes({ version: info.version, environment: config.environment, address }),
  ];
}
