import { expect, test } from 'vitest';
import { underMinimum } from './bounds.js';
import type { Noted } from './journal.js';
import type { Deed } from './targets.js';

const APPS = new Set(['/a']);
const started = (instance: string, at: number): Noted => ({
  at,
  what: 'start',
  app: '/a',
  instance,
  mark: 'm',
});
const told = (instance: string, at: number): Noted => ({ ...started(instance, at), what: 'told' });
const killed = (instance: string, at: number): Deed => {
  return { at, until: at, what: '', blinds: false, killed: [instance] };
};
const FOUR = ['1', '2', '3', '4'].map((name) => started(name, 0));

test('two may go of four, where two have to be ready', () => {
  expect(underMinimum([...FOUR, told('1', 10), told('2', 10)], [], APPS)).toEqual([]);
  expect(underMinimum([...FOUR, told('1', 10), told('2', 10), told('3', 10)], [], APPS)).toEqual([
    '/a: 3 was told to end with 1 others ready',
  ]);
});

test('one that has just started is not ready yet, and may go itself', () => {
  const replaced = [...FOUR, told('1', 10), told('2', 10), started('5', 10)];
  expect(underMinimum([...replaced, told('3', 10.1)], [], APPS)).toHaveLength(1);
  expect(underMinimum([...replaced, told('3', 11)], [], APPS)).toEqual([]);
  expect(underMinimum([...replaced, told('5', 10.1)], [], APPS)).toEqual([]);
});

test('what was killed counts until the supervisor can have noticed', () => {
  const events = (at: number) => [...FOUR, told('1', 5), told('2', at)];
  expect(underMinimum(events(10.5), [killed('3', 10)], APPS)).toEqual([]);
  expect(underMinimum(events(20), [killed('3', 10)], APPS)).toHaveLength(1);
});

test('a supervisor that was stopped notices when it goes on', () => {
  const stopped: Deed = { at: 9, until: 19, what: '', blinds: true, killed: [] };
  const events = [...FOUR, told('1', 5), told('2', 20)];
  expect(underMinimum(events, [killed('3', 10), stopped], APPS)).toEqual([]);
});
