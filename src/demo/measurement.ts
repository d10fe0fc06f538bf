import type { Client } from '../cli/client.js';
import { type Backend, Balancer } from './balancer.js';
import { every } from './every.js';
import { Figures } from './figures.js';
import { ProcessScanner } from './processes.js';
import { PRODUCT, PRODUCT_APPS } from './product.js';
import { backendsOf, healthyOnes, tasksOf } from './tasks.js';

/** Between two looks at the operating system, at the service, and two requests. */
const PROCESSES_MS = 50;
const TASKS_MS = 100;
const REQUESTS_MS = 20;

/** All that is measured during the upgrade. */
export interface Measurement {
  figures: Figures;
  balancer: Balancer;
  /** Ends the measuring; what was begun is finished first. */
  stop(): Promise<void>;
}

/** Looks and sends requests until stopped. */
export async function startMeasuring(client: Client, run: string): Promise<Measurement> {
  const figures = new Figures(PRODUCT_APPS);
  const scanner = new ProcessScanner(run);
  let backends: Backend[] = [];
  const balancer = new Balancer(() => backends);

  const lookAtTasks = async (app: string) => {
    const healthy = healthyOnes(await tasksOf(client, app));
    figures.sawHealthy(app, healthy.length);
    if (app === PRODUCT.front) backends = backendsOf(healthy);
  };
  await Promise.all(PRODUCT_APPS.map(lookAtTasks));

  const loops = [
    every(PROCESSES_MS, () => figures.sawProcesses(scanner.scan())),
    ...PRODUCT_APPS.map((app) => every(TASKS_MS, () => lookAtTasks(app))),
    every(REQUESTS_MS, () => balancer.send(), { overlap: 20 }),
  ];
  return {
    figures,
    balancer,
    stop: async () => {
      await Promise.all(loops.map((stop) => stop()));
      await balancer.close();
    },
  };
}
