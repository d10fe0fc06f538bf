import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { TerminalError } from '../../errors.js';
import { parseBody } from './body.js';
import type { Answer, Call } from './call.js';
import { callerOf } from './caller.js';
import type { Operation } from './operation.js';

export type { Answer, Call };

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/**
 * A pattern over the path below the mount point, and its methods. A handler that streams answers undefined and has
 * ended the response itself.
 */
export interface Route extends Partial<Record<Method, Operation>> {
  path: RegExp;
  /** The same as templates of the OpenAPI document, `/apps/{id}/tasks`; more than one where a part may be absent. */
  at: readonly string[];
  /** Of the templates' parameters; one that is not here is any text. */
  params?: Record<string, PathParameter>;
}

/** A parameter in a path. */
export interface PathParameter {
  description: string;
  schema?: z.ZodType;
  example?: string;
}

/**
 * Express middleware over a table of routes: the first pattern that matches decides.
 * A method that it does not have is 405 with `Allow`; no pattern at all goes on to the next middleware.
 */
export function routeTable(routes: Route[]): RequestHandler {
  return async (req, res, next) => {
    // Double slashes mean nothing; taken out first, no pattern can be made to backtrack over thousands of them.
    const found = find(routes, req.path.replace(/\/{2,}/g, '/'));
    if (found === undefined) return next();
    await run(found.route, found.params, req, res, next);
  };
}

async function run(
  route: Route,
  params: Record<string, string>,
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  const operation = route[(req.method === 'HEAD' ? 'GET' : req.method) as Method];
  // For metrics and traces: which route it was, without its ids.
  res.locals.route = `${req.baseUrl}${route.at[0]}`;
  if (operation === undefined) return refuseMethod(route, req, res, next);
  const answer = await operation.handle(toCall(req, res, params));
  if (answer !== undefined) send(res, answer);
}

function refuseMethod(route: Route, req: Request, res: Response, next: NextFunction): void {
  const allowed = METHODS.filter((method) => route[method] !== undefined);
  res.setHeader('Allow', allowed.join(', '));
  if (req.method === 'OPTIONS') {
    res.status(204).end();
    return;
  }
  const message = `${req.method} is not possible here; ${allowed.join(', ')} ${allowed.length === 1 ? 'is' : 'are'}.`;
  next(new TerminalError('method_not_allowed', message));
}

function find(routes: Route[], path: string): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match !== null) return { route, params: decodeAll(match.groups ?? {}) };
  }
  return undefined;
}

function decodeAll(groups: Record<string, string | undefined>): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(groups)) if (value !== undefined) decoded[name] = decode(value);
  return decoded;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TerminalError('bad_request', `The path holds '${text}', which is not a percent-encoded text.`);
  }
}

function toCall(req: Request, res: Response, params: Record<string, string>): Call {
  const query = new URLSearchParams(req.originalUrl.replace(/^[^?]*\??/, ''));
  return {
    req,
    res,
    params,
    query,
    caller: callerOf(req),
    json: () => parseBody(req, true),
    optionalJson: () => parseBody(req, false),
  };
}

/** Writes an answer. */
function send(res: Response, answer: Answer): void {
  res.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  if (answer.body === undefined) res.end();
  else if (Buffer.isBuffer(answer.body)) res.send(answer.body);
  else if (typeof answer.body === 'string') res.type('text/plain').send(answer.body);
  else res.json(answer.body);
}
