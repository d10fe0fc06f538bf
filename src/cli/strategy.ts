import type { Strategy } from '../model/app.js';
import { usageError } from './exit.js';
import { secondsOf } from './times.js';

/** How a release goes, as the command line says it. Texts as typed; commander leaves absent ones out. */
export interface StrategyOptions {
  strategy?: string;
  minHealth?: string;
  maxOver?: string;
  maxSurge?: string;
  maxUnavailable?: string;
  order?: string;
  interval?: string;
  manual?: boolean;
  batches?: string;
  canary?: string;
  keepOld?: string;
}

/** Options that name a type without `--strategy`. */
const IMPLIED: [keyof StrategyOptions, Strategy['type']][] = [
  ['batches', 'batches'],
  ['canary', 'canary'],
  ['maxSurge', 'rolling'],
  ['maxUnavailable', 'rolling'],
  ['minHealth', 'marathon'],
  ['maxOver', 'marathon'],
  ['keepOld', 'blueGreen'],
];

/** The strategy that the options state; undefined leaves it to the app. Throws CliError (usage). */
export function strategyFrom(options: StrategyOptions): Strategy | undefined {
  if (options.strategy?.trimStart().startsWith('{')) return jsonStrategy(options.strategy);
  const type = options.strategy ?? IMPLIED.find(([option]) => options[option] !== undefined)?.[1];
  return type === undefined ? undefined : strategyOf(type, options);
}

function strategyOf(type: string, options: StrategyOptions): Strategy {
  switch (type) {
    case 'marathon':
      return {
        type,
        minimumHealthCapacity: numberOf('--min-health', options.minHealth ?? '1'),
        ...(options.maxOver === undefined
          ? {}
          : { maximumOverCapacity: numberOf('--max-over', options.maxOver) }),
      };
    case 'rolling':
      return rolling(options);
    case 'recreate':
      return { type };
    case 'batches':
      return { type, batches: batchesOf(options.batches) };
    case 'canary':
      return { type, steps: (options.canary ?? '10%:manual').split(',').map(canaryStep) };
    case 'blueGreen':
      return { type, ...manual(options), ...seconds('keepOldSeconds', '--keep-old', options.keepOld) };
    default:
      throw usageError(
        `--strategy does not know "${type}": marathon, rolling, recreate, batches, canary, blueGreen, or JSON.`,
      );
  }
}

function rolling(options: StrategyOptions): Strategy {
  const { order } = options;
  if (order !== undefined && order !== 'CreateFirst' && order !== 'DeleteFirst') {
    throw usageError(`--order is "${order}"; it must be CreateFirst or DeleteFirst.`);
  }
  return {
    type: 'rolling',
    maxSurge: countOrPercent('--max-surge', options.maxSurge ?? '25%'),
    maxUnavailable: countOrPercent('--max-unavailable', options.maxUnavailable ?? '25%'),
    ...(order ? { order } : {}),
    ...seconds('intervalSeconds', '--interval', options.interval),
    ...manual(options),
  };
}

function manual(options: StrategyOptions): { manual?: true } {
  return options.manual ? { manual: true } : {};
}

/** `3`, or a list such as `10%,5,rest`. */
function batchesOf(text: string | undefined): number | (number | string)[] {
  if (text === undefined)
    throw usageError('--strategy batches needs --batches: a number, or a list like 10%,5,rest.');
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length === 1) return numberOf('--batches', text);
  return parts.map((part) => (part === 'rest' ? part : countOrPercent('--batches', part)));
}

type CanaryStep = Extract<Strategy, { type: 'canary' }>['steps'][number];

/** `2`, `10%`, `10%:5m` (goes on after that), `10%:manual` (waits for advance). */
function canaryStep(text: string): CanaryStep {
  const [size = '', wait] = text.trim().split(':');
  const count = countOrPercent('--canary', size);
  return {
    ...(typeof count === 'number' ? { instances: count } : { percent: Number.parseFloat(count) }),
    ...(wait === undefined
      ? {}
      : wait === 'manual'
        ? { manual: true }
        : { pauseSeconds: secondsOf('--canary', wait) }),
  };
}

function countOrPercent(option: string, text: string): number | string {
  return /^\d+(\.\d+)?%$/.test(text) ? text : numberOf(option, text);
}

function seconds<K extends string>(
  key: K,
  option: string,
  text: string | undefined,
): Partial<Record<K, number>> {
  return text === undefined ? {} : ({ [key]: secondsOf(option, text) } as Record<K, number>);
}

/** A number of 0 or more. Throws CliError (usage). */
export function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usageError(`${option} is "${text}"; it must be a number of 0 or more.`);
}

/** The service checks what is in it. */
function jsonStrategy(text: string): Strategy {
  try {
    return JSON.parse(text) as Strategy;
  } catch (error) {
    throw usageError(`--strategy is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
