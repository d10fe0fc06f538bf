import type { Context } from '../deps.js';
import type { Route } from '../http/routing.js';
import { calendarRoutes } from './calendar.js';
import { deploymentRoutes } from './deployments.js';
import { exportRoutes } from './export.js';
import { instanceRoutes } from './instances.js';
import { readRoutes } from './reads.js';
import { templateRoutes } from './templates.js';

/** Everything under `/api` (docs/api.md). */
export function nativeRoutes(context: Context): Route[] {
  return [
    ...instanceRoutes(context),
    ...deploymentRoutes(context),
    ...readRoutes(context),
    ...exportRoutes(context),
    ...templateRoutes(context),
    ...calendarRoutes(context),
  ];
}
