import type { Situation } from '../../../src/model/command-table.js';
import { until } from '../../helpers/until.js';
import type { Whole } from '../../helpers/whole.js';
import { PATIENCE, type Release, release } from './release.js';

/** How a release from version 1 to version 2 comes into a situation, and out of it by what it waits for. */
export interface Scene {
  bring(whole: Whole, app: string): Promise<Release>;
  /** Lets what holds it go. */
  open(release: Release): Promise<unknown>;
}

const ONE_BY_ONE = { strategy: { type: 'batches', batches: 3 } } as const;
const BY_HAND = { strategy: { type: 'rolling', maxSurge: 1, maxUnavailable: 0, manual: true } } as const;
const HOUR_MS = 3_600_000;
const later = () => new Date(Date.now() + HOUR_MS).toISOString();

const mend = async (release: Release) => release.mend();
/** Name of the freeze of an app. */
const freezeOf = (app: string) => app.slice(1).replaceAll('/', '-');

async function sick(whole: Whole, app: string, options: object = {}): Promise<Release> {
  whole.driver.judge(app, ({ cmd }) => cmd !== 'serve 2');
  const started = await release(whole, app, 2, { ...ONE_BY_ONE, ...options });
  await until(() => started.ids(2).length === 1, { what: `the new one of ${app}`, ...PATIENCE });
  return started;
}

async function paused(whole: Whole, app: string, options: object = {}): Promise<Release> {
  const started = await release(whole, app, 2, { ...ONE_BY_ONE, pauseMode: 'first', ...options });
  await started.gate('pause', 'batch 2/3');
  return started;
}

/** On a slow machine it may have held before the new instance was there; then that one has its time as well. */
async function failedBy(held: Release): Promise<boolean> {
  const { description } = await held.gate('failure');
  if (description.includes(held.ids(2)[0] ?? '?')) return true;
  await held.post('retry');
  return false;
}

/** Situations with a workflow that goes on. */
export const SCENES = {
  approval: {
    bring: async (whole, app) => {
      const approval = { required: 2, from: ['eva', 'ben'] };
      const started = await release(whole, app, 2, { ...ONE_BY_ONE, approval });
      await started.gate('approval');
      return started;
    },
    open: async (held) => {
      for (const by of ['eva', 'ben']) await held.post('approve', { by });
    },
  },
  startTime: {
    bring: async (whole, app) => {
      const started = await release(whole, app, 2, { ...ONE_BY_ONE, startAt: later() });
      await started.gate('startTime');
      return started;
    },
    open: (held) => held.post('force'),
  },
  window: {
    bring: async (whole, app) => {
      const freeze = { from: '2026-01-01T00:00:00Z', until: later(), apps: [app], reason: 'the sale' };
      await whole.call('PUT', `/api/freezes/${freezeOf(app)}`, freeze);
      const started = await release(whole, app, 2, ONE_BY_ONE);
      await started.gate('window');
      return started;
    },
    open: ({ whole, app }) => whole.call('DELETE', `/api/freezes/${freezeOf(app)}`),
  },
  running: { bring: sick, open: mend },
  pausing: {
    bring: async (whole, app) => {
      const started = await sick(whole, app);
      await started.post('pause');
      return started;
    },
    open: mend,
  },
  paused: { bring: paused, open: (held) => held.post('resume') },
  between: {
    bring: async (whole, app) => {
      const started = await release(whole, app, 2, BY_HAND);
      await started.gate('pause', 'batch 2/3');
      return started;
    },
    open: (held) => held.post('advance'),
  },
  held: {
    bring: async (whole, app) => {
      const started = await sick(whole, app, { progressDeadlineSeconds: 0.2 });
      await until(() => failedBy(started), {
        what: `the new one of ${app} to be the failed one`,
        ...PATIENCE,
      });
      return started;
    },
    open: mend,
  },
  ending: {
    bring: async (whole, app) => {
      const started = await paused(whole, app);
      started.sicken(1);
      await started.post('cancel');
      await started.gate('readiness', 'waits for the old instances');
      return started;
    },
    open: mend,
  },
} as const satisfies Partial<Record<Situation, Scene>>;

/** As `between`, but that it goes on by itself after a while. */
export const BY_CLOCK: Scene = {
  bring: async (whole, app) => {
    const strategy = { type: 'canary', steps: [{ instances: 1, pauseSeconds: 6 }] };
    const started = await release(whole, app, 2, { strategy });
    await started.gate('pause', 'batch 2/2');
    return started;
  },
  open: (held) => held.post('advance'),
};

export type Staged = keyof typeof SCENES;

/** How a deployment ends in each way. */
export const ENDINGS = {
  succeeded: async (whole: Whole, app: string) => release(whole, app, 2, ONE_BY_ONE),
  failed: async (whole: Whole, app: string) => {
    const started = await paused(whole, app);
    await started.post('close');
    return started;
  },
  cancelled: async (whole: Whole, app: string) => {
    const started = await paused(whole, app);
    await started.post('cancel');
    return started;
  },
  superseded: async (whole: Whole, app: string) => {
    const started = await paused(whole, app);
    await (await release(whole, app, 3, { lock: 'supersede' })).ended();
    return started;
  },
} as const;

/** A deployment that waits for the one that is paused before it. */
export async function queued(whole: Whole, app: string): Promise<{ first: Release; second: Release }> {
  const first = await paused(whole, app);
  const second = await release(whole, app, 3, { ...ONE_BY_ONE, lock: 'queue' });
  return { first, second };
}

/** The situations that have a test file of their own: there is no workflow to ask. */
export const WITHOUT_WORKFLOW: Situation[] = ['accepted', 'queued', 'ended'];
