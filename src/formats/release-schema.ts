import { z } from 'zod';
import { object } from './parse.js';

const percent = z
  .string()
  .regex(/^(100|\d{1,2})(\.\d+)?%$/, { error: 'must be a number or a percentage like "25%"' });
const share = z.union([z.int().min(0).max(100_000), percent]);
const seconds = z.number().min(0).max(31_536_000);
const fraction = z.number().min(0).max(1);
const atLeastOne = z.int().min(1).max(100_000);

const marathon = object({
  type: z.literal('marathon'),
  minimumHealthCapacity: fraction,
  maximumOverCapacity: fraction.exactOptional(),
});

/** Kubernetes' defaults: a quarter more, a quarter less. */
const rolling = object({
  type: z.literal('rolling'),
  maxSurge: share.default('25%'),
  maxUnavailable: share.default('25%'),
  order: z.enum(['CreateFirst', 'DeleteFirst']).exactOptional(),
  intervalSeconds: seconds.exactOptional(),
  manual: z.boolean().exactOptional(),
});

const recreate = object({ type: z.literal('recreate') });

const batchSize = z.union([atLeastOne, z.literal('rest'), percent]);
const batchList = z
  .array(batchSize)
  .min(1)
  .max(1_000)
  .refine((sizes) => !sizes.slice(0, -1).includes('rest'), { error: "'rest' may only be the last batch" });
const batches = object({
  type: z.literal('batches'),
  batches: z.union([z.int().min(1).max(1_000), batchList]),
});

const canaryStep = object({
  instances: atLeastOne.exactOptional(),
  percent: z.number().gt(0).max(100).exactOptional(),
  pauseSeconds: seconds.exactOptional(),
  manual: z.boolean().exactOptional(),
}).refine((step) => (step.instances === undefined) !== (step.percent === undefined), {
  error: 'must have exactly one of instances and percent',
});
const canary = object({ type: z.literal('canary'), steps: z.array(canaryStep).min(1).max(100) });

const blueGreen = object({
  type: z.literal('blueGreen'),
  manual: z.boolean().exactOptional(),
  keepOldSeconds: seconds.exactOptional(),
});

/** All strategies of a release (docs/api.md). */
const strategySchema = z.discriminatedUnion('type', [
  marathon,
  rolling,
  recreate,
  batches,
  canary,
  blueGreen,
]);

/** Fields of ReleaseOptions, to be spread into larger objects. */
export const releaseFields = {
  strategy: strategySchema.exactOptional(),
  pauseMode: z.enum(['none', 'first', 'each']).exactOptional(),
  minReadySeconds: seconds.exactOptional(),
  progressDeadlineSeconds: seconds.exactOptional(),
  failureBudget: z.int().min(0).max(100_000).exactOptional(),
  holdSeconds: seconds.exactOptional(),
  onFailure: z.enum(['hold', 'rollback', 'fail']).exactOptional(),
  revisionHistoryLimit: z.int().min(0).max(1_000).exactOptional(),
};

/** How an app is released unless the release says otherwise: its `release`. */
export const releaseSchema = object(releaseFields);
