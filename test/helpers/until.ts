/** Polls each `everyMs` until `check` gives something truthy; fails with `what` after `timeoutMs`. */
export async function until<T>(
  check: () => T | Promise<T>,
  {
    timeoutMs = 10_000,
    what = 'the condition',
    everyMs = 10,
  }: { timeoutMs?: number; what?: string; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
