import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { connectTemporal } from '../src/temporal/connection.js';
import { elapsed, median } from './clock.js';

/** A bare worker on the service's own Temporal server. */
export class Floor {
  private constructor(
    private readonly run: (activities: number) => Promise<void>,
    readonly close: () => Promise<void>,
  ) {}

  static async open(address: string): Promise<Floor> {
    const connections = await connectTemporal({ address });
    const taskQueue = `floor-${randomUUID()}`;
    const workflowsPath = fileURLToPath(new URL('./floor-workflow.ts', import.meta.url));
    const activities = { nothing: async () => undefined };
    const worker = await Worker.create({
      connection: connections.native,
      taskQueue,
      workflowsPath,
      activities,
    });
    const running = worker.run();
    const { workflow } = connections.client;
    return new Floor(
      (count) => workflow.execute('floor', { taskQueue, workflowId: randomUUID(), args: [count] }),
      async () => {
        worker.shutdown();
        await running;
        await connections.close();
      },
    );
  }

  /** Median milliseconds of a workflow with so many activities. */
  async alone(activities: number, rounds: number): Promise<number> {
    await this.run(activities);
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) times.push(await elapsed(() => this.run(activities)));
    return median(times);
  }

  /** Workflows finished a second when so many are started at once. */
  async together(count: number, activities: number): Promise<number> {
    const ms = await elapsed(() => Promise.all(Array.from({ length: count }, () => this.run(activities))));
    return (count * 1000) / ms;
  }
}
