import { Agent, request } from 'undici';

/** Where an instance answers. */
export interface Backend {
  host: string;
  port: number;
}

/** What came of the requests. */
export interface RequestFigures {
  /** Answered with 200, the first or another instance. */
  answered: number;
  /** Of those, answered only by another instance than the first one asked. */
  redispatched: number;
  failed: number;
  /** Requests answered per body: which versions served. */
  byAnswer: Map<string, number>;
  /** First sentences of what failed. */
  failures: string[];
}

/** Further instances that are asked after a refused connection (HAProxy's default `retries 3`, with redispatch). */
const RETRIES = 3;
/** An instance that refused is not asked again for so long: the list of healthy ones is a moment old. */
const AVOID_MS = 1_000;
const TIMEOUT_MS = 5_000;
const FAILURES_KEPT = 3;

/** Sends requests as a load balancer does: round robin over healthy instances, a refused one is tried elsewhere. */
export class Balancer {
  readonly figures: RequestFigures = {
    answered: 0,
    redispatched: 0,
    failed: 0,
    byAnswer: new Map(),
    failures: [],
  };
  // A connection per request: an instance that ends closes idle ones.
  private readonly agent = new Agent({ pipelining: 0, connect: { timeout: TIMEOUT_MS } });
  private readonly avoided = new Map<string, number>();
  private turn = 0;

  /** `backends` gives the healthy instances as they are known at the moment. */
  constructor(
    private readonly backends: () => Backend[],
    private readonly now: () => number = Date.now,
  ) {}

  /** One request; it is counted, never thrown. */
  async send(path = '/'): Promise<void> {
    let failure = 'no instance was healthy';
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      const backend = this.next();
      if (backend === undefined) break;
      try {
        return this.answered(await this.ask(backend, path), attempt);
      } catch (error) {
        this.avoided.set(key(backend), this.now() + AVOID_MS);
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    this.figures.failed += 1;
    if (this.figures.failures.length < FAILURES_KEPT) this.figures.failures.push(failure);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private next(): Backend | undefined {
    const now = this.now();
    const usable = this.backends().filter((backend) => (this.avoided.get(key(backend)) ?? 0) <= now);
    this.turn += 1;
    return usable[this.turn % usable.length];
  }

  private async ask({ host, port }: Backend, path: string): Promise<string> {
    const { statusCode, body } = await request(`http://${host}:${port}${path}`, {
      dispatcher: this.agent,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const text = (await body.text()).trim();
    if (statusCode !== 200) throw new Error(`${host}:${port} answered ${statusCode}`);
    return text;
  }

  private answered(text: string, attempt: number): void {
    this.figures.answered += 1;
    if (attempt > 0) this.figures.redispatched += 1;
    this.figures.byAnswer.set(text, (this.figures.byAnswer.get(text) ?? 0) + 1);
  }
}

function key({ host, port }: Backend): string {
  return `${host}:${port}`;
}
