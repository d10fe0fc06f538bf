import type { Client } from '../cli/client.js';
import type { Backend } from './balancer.js';

/** Of Marathon's task what a load balancer reads (marathon-lb). */
export interface Task {
  id: string;
  host: string;
  ports: number[];
  state: string;
  healthCheckResults?: { alive: boolean }[];
}

export async function tasksOf(client: Client, app: string): Promise<Task[]> {
  const { tasks } = await client.get<{ tasks: Task[] }>(`/v2/apps${app}/tasks`);
  return tasks;
}

/** Those that run and whose checks pass, each checked at least once. */
export function healthyOnes(tasks: Task[]): Task[] {
  return tasks.filter(
    ({ state, healthCheckResults = [] }) =>
      state === 'TASK_RUNNING' &&
      healthCheckResults.length > 0 &&
      healthCheckResults.every(({ alive }) => alive),
  );
}

/** Where they answer, by their first port. */
export function backendsOf(tasks: Task[]): Backend[] {
  return tasks.flatMap(({ host, ports: [port] }) => (port === undefined ? [] : [{ host, port }]));
}
