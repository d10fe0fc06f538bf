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

/** Body of POST /api/deployments and POST /api/plan. */
export const deploymentRequest = object({
  change,
  ...releaseFields,
  lock: z.enum(['refuse', 'queue', 'supersede']).exactOptional(),
  by: who.exactOptional(),
  reason: why.exactOptional(),
});
export type ChangeRequest = z.output<typeof change>;

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
export const editRequest = object({ ...releaseFields, by: who.exactOptional(), reason: why.exactOptional() });

/** Body of PUT /api/templates/{name}; the app is read with its places once they are filled. */
export const templateRequest = object({
  app: z.record(z.string(), z.unknown()),
  description: z.string().max(2_000).exactOptional(),
});
