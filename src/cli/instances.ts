import type { Instance } from '../model/instance.js';
import type { Client } from './client.js';
import { all } from './pages.js';
import { absolute } from './resolve.js';

/** Instances of an app, or of all apps; ended ones for a while, too. */
export function instancesOf(client: Client, app: string | undefined): Promise<Instance[]> {
  return all<Instance>(client, '/api/instances', app === undefined ? {} : { app: absolute(app) });
}
