import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Store } from '../store/store.js';
import type { TemporalClient } from '../temporal/connection.js';

const LOOK_MS = 2_000;
const DEADLINE_MS = 2_000;

export interface Answers {
  database: boolean;
  temporal: boolean;
}

/** Whether the database and Temporal answer, as of a moment ago. */
export class Health {
  private state: Answers = { database: true, temporal: true };
  private looking = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: Pick<Store, 'db'>,
    private readonly temporal: Pick<TemporalClient, 'client'>,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
  }

  now(): Answers {
    return this.state;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const [database, temporal] = await Promise.all([
      answers(this.askDatabase()),
      answers(this.askTemporal()),
    ]);
    this.state = { database, temporal };
    this.looking = false;
  }

  /** A server that hangs does not answer either. */
  private askDatabase(): Promise<unknown> {
    const late = sleep(DEADLINE_MS, undefined, { ref: false }).then(() => {
      throw new Error('no answer in time');
    });
    return Promise.race([Promise.resolve(this.store.db.execute(sql`select 1`)), late]);
  }

  private askTemporal(): Promise<unknown> {
    const { connection } = this.temporal.client;
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
