/**
 * Calls `work` each `ms`, at most `overlap` calls at a time: a slow one delays the next instead of piling up.
 * A call that fails is left out, the next one comes. The returned function stops it and waits for what runs.
 */
export function every(
  ms: number,
  work: () => void | Promise<void>,
  { overlap = 1 }: { overlap?: number } = {},
): () => Promise<void> {
  const running = new Set<Promise<void>>();
  const timer = setInterval(() => {
    if (running.size >= overlap) return;
    const call: Promise<void> = Promise.resolve()
      .then(work)
      .catch(() => undefined)
      .finally(() => running.delete(call));
    running.add(call);
  }, ms);
  return async () => {
    clearInterval(timer);
    await Promise.all(running);
  };
}
