import { expect, it } from 'vitest';
import { Sharing } from '../../src/os/sharing.js';

/** Work that ends when it is told to, and notes whether it was aborted. */
function work() {
  let resolve: (result: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const ended = new Promise<string>((...both) => {
    [resolve, reject] = both;
  });
  const signals: AbortSignal[] = [];
  const run = (signal: AbortSignal) => {
    signals.push(signal);
    return ended;
  };
  return { run, signals, resolve, reject };
}

it('gives all that ask at the same time the result of one piece of work, and begins anew afterwards', async () => {
  const sharing = new Sharing<string>();
  const { run, signals, resolve } = work();
  const both = [sharing.run('key', run), sharing.run('key', run)];
  resolve('done');
  expect(await Promise.all(both)).toEqual(['done', 'done']);
  expect(signals).toHaveLength(1);
  expect(await sharing.run('key', async () => 'again')).toBe('again');
});

it('aborts work that nobody waits for any more, and none that has ended', async () => {
  const sharing = new Sharing<string>();
  const left = work();
  const [first, second] = [new AbortController(), new AbortController()];
  const waits = [first, second].map(({ signal }) => sharing.run('left', left.run, signal));
  first.abort(new Error('first left'));
  await expect(waits[0]).rejects.toThrow('first left');
  expect(left.signals[0]?.aborted).toBe(false);
  second.abort(new Error('second left'));
  await expect(waits[1]).rejects.toThrow('second left');
  expect(left.signals[0]?.aborted).toBe(true);

  const done = work();
  done.resolve('done');
  await sharing.run('done', done.run);
  expect(done.signals[0]?.aborted).toBe(false);
});

it('gives all the error of the work, and the next one begins anew', async () => {
  const sharing = new Sharing<string>();
  const { run, signals, reject } = work();
  const both = [sharing.run('key', run), sharing.run('key', run)];
  reject(new Error('away'));
  for (const one of both) await expect(one).rejects.toThrow('away');
  expect(signals[0]?.aborted).toBe(false);
  expect(await sharing.run('key', async () => 'again')).toBe('again');
});
