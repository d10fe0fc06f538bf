import { expect, test } from 'vitest';
import { Turns } from '../../src/os/turns.js';

const LONG_MS = 60_000;

/** Work that ends when it is told to. */
function work() {
  let end!: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, run: () => ended };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('work under one key goes one after another, under another key beside it', async () => {
  const turns = new Turns(LONG_MS);
  const begun: string[] = [];
  const first = work();
  const noted = (name: string) => async () => void begun.push(name);
  const all = [
    turns.run('a', async () => {
      begun.push('a1');
      await first.run();
    }),
    turns.run('a', noted('a2')),
    turns.run('a', noted('a3')),
    turns.run('b', noted('b1')),
  ];
  await turn();
  expect(begun).toEqual(['a1', 'b1']);
  first.end();
  await Promise.all(all);
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3']);
});

test('one that fails is told, and the next has its turn all the same', async () => {
  const turns = new Turns(LONG_MS);
  const failed = turns.run('a', () => Promise.reject(new Error('no')));
  const next = turns.run('a', async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe('yes');
});

test('nobody waits for ever behind what hangs', async () => {
  const turns = new Turns(20);
  const hung = work();
  const first = turns.run('a', hung.run);
  await expect(turns.run('a', async () => 'went ahead')).resolves.toBe('went ahead');
  hung.end();
  await first;
});
