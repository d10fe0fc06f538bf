import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { BatchRef } from '../../activities/types.js';

/** What an activity works for, as far as its argument says. */
export interface About {
  deployment?: string;
  environment?: string;
  app?: string;
  /** Counts from 1. */
  step?: number;
  /** Counts from 1. */
  batch?: number;
}

type Given = Partial<BatchRef & { app: string }>;

/** Of the arguments in activities/types.ts. */
export function aboutOf([given]: unknown[]): About {
  const all = (Array.isArray(given) ? given : [given]) as (Given | undefined)[];
  const { deployment, environment, step, batch, app, action } = all[0] ?? {};
  const one = all.length === 1 && !action?.wave ? (app ?? action?.app) : undefined;
  return {
    ...(deployment === undefined ? {} : { deployment }),
    ...(environment === undefined ? {} : { environment }),
    ...(one === undefined ? {} : { app: one }),
    ...(step === undefined ? {} : { step }),
    ...(batch === undefined ? {} : { batch }),
  };
}

/** Lines that the SDK and activities log say what the activity works for. */
export function namedInLogs(): ActivityInterceptorsFactory {
  return () => {
    let about: About = {};
    return {
      inbound: {
        execute: (input, next) => {
          about = aboutOf(input.args);
          return next(input);
        },
      },
      outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...about }) },
    };
  };
}
