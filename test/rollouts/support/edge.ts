import { test } from 'vitest';

/** A row of docs/rollouts.md; rows of a file go side by side. A test compares the page with these calls. */
export function edge(row: number, title: string, run: () => Promise<void> | void): void {
  test.concurrent(`edge row ${row}: ${title}`, async () => {
    await run();
  });
}
