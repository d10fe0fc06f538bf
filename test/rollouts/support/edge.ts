import { test } from 'vitest';
import { TIMEOUT_MS } from './release.js';

/** A row of docs/rollouts.md; rows of a file go side by side. A test compares the page with these calls. */
export function edge(row: number, title: string, run: () => Promise<void> | void): void {
  test.concurrent(`edge row ${row}: ${title}`, { timeout: TIMEOUT_MS }, async () => {
    await run();
  });
}
