import { test } from 'vitest';

/**
 * A row of the conformance table. Rows of a file run side by side; `alone` marks those that look at all of the service.
 * The number is what `npm run test:conformance` and docs/conformance.md speak of.
 */
export function row(number: number | string, title: string, run: () => Promise<void>): void {
  test.concurrent(`row ${number}: ${title}`, run);
}

export function rowAlone(number: number | string, title: string, run: () => Promise<void>): void {
  test(`row ${number}: ${title}`, run);
}
