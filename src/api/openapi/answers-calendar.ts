import { z } from 'zod';
import type { Freeze, ReleaseWindow } from '../../gates/types.js';
import { timestamp } from './answers.js';

const scope = z.array(z.string()).exactOptional();

export const freeze: z.ZodType<Freeze> = z.strictObject({
  name: z.string(),
  from: timestamp,
  until: timestamp.describe('Not included.'),
  apps: scope.describe('Apps, or groups with all below; absent = everything.'),
  reason: z.string(),
});

export const releaseWindow: z.ZodType<ReleaseWindow> = z.strictObject({
  name: z.string(),
  rrule: z.string().describe('RFC 5545.'),
  durationSeconds: z.number(),
  timeZone: z.string(),
  apps: scope.describe('What is released in it only; absent = those deployments that name it.'),
});
