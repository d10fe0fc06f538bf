import type { z } from 'zod';
import type { Answer, Call } from './call.js';
import { type Parameters, type QueryOf, readQuery } from './parameters.js';

/** Headers of answers that the document names, each with a sentence. */
export const ANSWER_HEADERS = {
  'Marathon-Deployment-Id': 'Id of the deployment that the request made.',
  Location: 'Path of what was made.',
  Warning: 'What the plan warns of, as RFC 7234 has it (code 299).',
} as const;

/** Of those only `Warning` may be absent. */
export type AnswerHeader = keyof typeof ANSWER_HEADERS;

/** What an answer with one status holds. */
export interface AnswerDescription {
  description: string;
  /** Media type of the body; absent = the body is empty. */
  type?: string;
  /** Other media types that `Accept` can ask for. */
  or?: readonly string[];
  /** Of a JSON body. */
  schema?: z.ZodType;
  headers?: readonly AnswerHeader[];
}

/** Statuses with which an operation may refuse, beyond those that all of them have. */
type Refusal = 403 | 404 | 405 | 409 | 422;

/** What an operation takes and answers; the OpenAPI document is made from it. */
export interface OperationDescription<P extends Parameters = Parameters> {
  /** Unique; the document's operationId. */
  id: string;
  /** A few words. */
  summary: string;
  /** More, where it is needed. */
  description?: string;
  query?: P;
  body?: { schema: z.ZodType; required?: boolean };
  answers: Record<number, AnswerDescription>;
  refusals?: readonly Refusal[];
}

type Answering = Promise<Answer | undefined> | Answer | undefined;

/** A handler with its description. */
export interface Operation {
  description: OperationDescription;
  handle(call: Call): Answering;
}

/**
 * Joins a handler with its description, whose parameters read the query for it. The handler sees nothing of the query
 * that is not described.
 */
export function operation<P extends Parameters = Record<never, never>>(
  description: OperationDescription<P>,
  handle: (call: Call, query: QueryOf<P>) => Answering,
): Operation {
  const parameters = description.query ?? ({} as P);
  return { description, handle: (call) => handle(call, readQuery(parameters, call.query)) };
}
