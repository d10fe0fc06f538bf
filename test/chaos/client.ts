import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../../src/model/deployment.js';

export interface Answer<T> {
  status: number;
  body: T;
}

/** What is away this long is lost. */
const PATIENCE_MS = 180_000;
const PAUSE_MS = 200;
const TIMEOUT_MS = 15_000;

/** A client as a careful user writes it: the next server where one is away, the same key until there is an answer. */
export class Client {
  private turn = 0;

  constructor(
    private readonly apis: readonly string[],
    private readonly signal: AbortSignal,
  ) {}

  get<T>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  /** Carried out once, however often it has to be asked. */
  post<T = Deployment>(path: string, body: object): Promise<Answer<T>> {
    return this.call<T>('POST', path, body, randomUUID());
  }

  /** An answer that is none of an outage. Throws where none comes. */
  private async call<T>(method: string, path: string, body?: object, key?: string): Promise<Answer<T>> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.once<T>(method, path, body, key).catch(() => undefined);
      if (answer && answer.status < 500) return answer;
      this.signal.throwIfAborted();
      if (Date.now() > deadline)
        throw new Error(`${method} ${path} was not answered for ${PATIENCE_MS / 1000} s`);
      await sleep(PAUSE_MS);
    }
  }

  private async once<T>(method: string, path: string, body?: object, key?: string): Promise<Answer<T>> {
    const api = this.apis[this.turn++ % this.apis.length];
    const response = await fetch(`${api}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  }
}
