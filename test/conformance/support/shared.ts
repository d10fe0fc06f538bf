import { afterAll, beforeAll } from 'vitest';
import { Bench } from './bench.js';

/** One service for all rows of a file. */
export function sharedBench(env: Record<string, string> = {}): () => Bench {
  let bench: Bench | undefined;
  beforeAll(async () => {
    bench = await Bench.open(env);
  });
  afterAll(() => bench?.close());
  return () => {
    if (bench === undefined) throw new Error('the service has not been started');
    return bench;
  };
}
