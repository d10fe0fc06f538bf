import type { Request, Response } from 'express';
import type { Caller } from './caller.js';

/** One request as the handlers see it: parsed, but not yet interpreted. */
export interface Call {
  req: Request;
  res: Response;
  /** Named groups of the route's pattern, percent-decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  caller: Caller;
  /** The JSON of the body; TerminalError 400 where it is none. */
  json(): unknown;
  /** Like `json`, but undefined where there is no body. */
  optionalJson(): unknown;
}

/** What a handler answers. `body` undefined = empty; a string is sent as plain text, bytes as their Content-Type says. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
