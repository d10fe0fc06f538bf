import type { Instance } from '../model/instance.js';
import { type Client, Refused } from './client.js';
import { all } from './pages.js';
import { absolute } from './resolve.js';

/** Of Marathon's list of tasks: those that have not ended. */
interface Task {
  id: string;
  appId: string;
}

/** Requests at a time. */
const WIDTH = 8;

/** Instances of an app, or of all apps. */
export async function instancesOf(client: Client, name: string | undefined): Promise<Instance[]> {
  const app = name === undefined ? undefined : absolute(name);
  try {
    return await all<Instance>(client, '/api/instances', { app });
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return oneByOne(client, app);
    throw error;
  }
}

/** For a service that has no list of instances: the tasks, each looked up. One that is gone meanwhile is left out. */
async function oneByOne(client: Client, app: string | undefined): Promise<Instance[]> {
  const { tasks } = await client.get<{ tasks: Task[] }>('/v2/tasks');
  const ids = tasks.filter(({ appId }) => app === undefined || appId === app).map(({ id }) => id);
  const found: Instance[] = [];
  const next = ids.values();
  const worker = async () => {
    for (const id of next) {
      const instance = await client
        .get<Instance>(`/api/instances/${encodeURIComponent(id)}`)
        .catch(unlessGone);
      if (instance) found.push(instance);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return found;
}

function unlessGone(error: unknown): undefined {
  if (error instanceof Refused && error.status === 404) return undefined;
  throw error;
}
