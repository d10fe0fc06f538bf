import { z } from 'zod';
import type { AnswerDescription, AnswerHeader } from '../http/operation.js';

/** UTC with milliseconds; also the name of a version. */
export const timestamp = z.iso.datetime({ precision: 3 });

/** A JSON answer. */
export function json(
  description: string,
  schema: z.ZodType,
  headers: readonly AnswerHeader[] = [],
): AnswerDescription {
  return { description, type: 'application/json', schema, headers };
}

/** An answer without a body. */
export function empty(description: string): AnswerDescription {
  return { description };
}

/** An answer of another media type. */
export function media(description: string, type: string): AnswerDescription {
  return { description, type };
}

/** Headers of every answer that made a deployment. */
export const DEPLOYMENT_HEADERS = ['Marathon-Deployment-Id', 'Warning'] as const;

/** The same where something was made that has a path. */
export const CREATED_HEADERS = [...DEPLOYMENT_HEADERS, 'Location'] as const;

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    next: z.string().exactOptional().describe('Passed back as `before`; absent on the last page.'),
  });
}
