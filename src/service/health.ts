import { sql } from 'drizzle-orm';
import type { Store } from '../store/store.js';
import type { TemporalConnections } from '../temporal/connection.js';

const LOOK_MS = 2_000;
const DEADLINE_MS = 2_000;

/** Whether the database and Temporal answer, as of a moment ago. */
export class Health {
  private state = { database: true, temporal: true };
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: Store,
    private readonly connections: TemporalConnections,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
  }

  now(): { database: boolean; temporal: boolean } {
    return this.state;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const [database, temporal] = await Promise.all([
      answers(this.askDatabase()),
      answers(this.askTemporal()),
    ]);
    this.state = { database, temporal };
  }

  private askDatabase(): Promise<unknown> {
    return Promise.resolve(this.store.db.execute(sql`select 1`));
  }

  private askTemporal(): Promise<unknown> {
    const { connection } = this.connections.client;
    return connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
  }
}

function answers(question: Promise<unknown>): Promise<boolean> {
  return question.then(
    () => true,
    () => false,
  );
}
