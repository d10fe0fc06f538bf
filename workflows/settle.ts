/**
 * Like Promise.all, but returns or throws only once every promise has ended: after a cancellation
 * nothing of this step may still act while the next thing begins.
 */
export async function settle(work: Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
