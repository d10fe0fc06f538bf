import { z } from 'zod';
import { object } from '../../formats/parse.js';
import { releaseFields } from '../../formats/release-schema.js';

const who = z.string().min(1).max(200);
const why = z.string().max(2_000);
const counter = z.int().min(0).max(1_000_000);
const appId = z.string().min(1).max(1_000);

/** Value of a template's parameter. */
const scalar = z.union([z.string().max(100_000), z.number(), z.boolean()]);

/** Exactly one of its fields; definitions stay unknown here, their own parsers read them. */
const change = object({
  app: z.unknown().exactOptional(),
  group: z.unknown().exactOptional(),
  apps: z.array(z.unknown()).min(1).exactOptional(),
  scale: object({
    id: appId,
    instances: counter.exactOptional(),
    factor: z.number().min(0).max(1_000_000).exactOptional(),
  }).exactOptional(),
  restart: object({ id: appId }).exactOptional(),
  delete: object({ id: appId }).exactOptional(),
  rollback: object({
    id: appId,
    version: z.string().exactOptional(),
    revision: z.int().min(1).exactOptional(),
  }).exactOptional(),
  manifest: z.string().min(1).exactOptional(),
  template: object({
    name: z.string().min(1).max(100),
    parameters: z.record(z.string(), scalar).default({}),
  }).exactOptional(),
});

const name = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,98}[a-zA-Z0-9])?$/, {
  error:
    'must be 1 to 100 letters, digits, dots, dashes and underscores, the first and last a letter or digit',
});
const moment = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T09:30:00Z' });
const seconds = z.number().gt(0).max(31_536_000);

const approval = object({
  required: z.int().min(1).max(100),
  from: z.array(who).min(1).max(100),
  expiresSeconds: seconds.exactOptional(),
});

/** When a deployment begins and may run. */
const timing = {
  startAt: moment.transform(utc).exactOptional(),
  window: name.exactOptional(),
};

function utc(text: string): string {
  return new Date(text).toISOString();
}

/** One after another; what stands before a wave is its gate. */
const waves = z
  .array(
    object({
      environment: z.string().min(1).max(100),
      gate: z
        .union([z.literal('manual'), object({ soakSeconds: seconds }), object({ approval })])
        .exactOptional(),
    }),
  )
  .min(1)
  .max(100);

/** Body of POST /api/deployments and POST /api/plan. */
export const deploymentRequest = object({
  change,
  ...releaseFields,
  ...timing,
  approval: approval.exactOptional(),
  waves: waves.exactOptional(),
  lock: z.enum(['refuse', 'queue', 'supersede']).exactOptional(),
  by: who.exactOptional(),
  reason: why.exactOptional(),
});
export type ChangeRequest = z.output<typeof change>;
export type WavesRequest = z.output<typeof waves>;

/** Body of POST /api/deployments/{id}/{command}. */
export const commandRequest = object({
  by: who.exactOptional(),
  reason: why.exactOptional(),
  requestId: z.string().min(1).max(200).exactOptional(),
  expect: object({ step: counter.exactOptional(), batch: counter.exactOptional() }).exactOptional(),
  /** Only for setPauseMode. */
  mode: releaseFields.pauseMode,
  /** Only for rollback. */
  batched: z.boolean().exactOptional(),
});
export type CommandRequest = z.output<typeof commandRequest>;

/** Body of PATCH /api/deployments/{id}. */
export const editRequest = object({
  ...releaseFields,
  ...timing,
  by: who.exactOptional(),
  reason: why.exactOptional(),
  requestId: z.string().min(1).max(200).exactOptional(),
  expect: object({ step: counter.exactOptional(), batch: counter.exactOptional() }).exactOptional(),
});

const scope = z.array(appId).min(1).max(1_000).exactOptional();

/** Body of PUT /api/freezes/{name}. */
export const freezeRequest = object({
  from: moment.transform(utc),
  until: moment.transform(utc),
  apps: scope,
  reason: z.string().min(1).max(2_000),
}).refine(({ from, until }) => from < until, { path: ['until'], error: 'must be later than from' });

/** Body of PUT /api/windows/{name}. */
export const windowRequest = object({
  rrule: z.string().min(1).max(2_000),
  durationSeconds: seconds,
  timeZone: z.string().min(1).max(100),
  apps: scope,
});

/** `{name}` of a freeze or window. */
export const calendarName = name;

/** Body of PUT /api/templates/{name}; the app is read with its places once they are filled. */
export const templateRequest = object({
  app: z.record(z.string(), z.unknown()),
  description: z.string().max(2_000).exactOptional(),
});
