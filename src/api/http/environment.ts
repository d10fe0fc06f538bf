import type { RequestHandler } from 'express';
import { notFound } from '../../errors.js';

/**
 * Takes the prefix `/environments/{name}` off the path and hands the request to that environment's handler; without
 * the prefix to the first one's.
 */
export function byEnvironment(handlers: ReadonlyMap<string, RequestHandler>): RequestHandler {
  const [first] = handlers.values();
  return (req, res, next) => {
    req.url = req.url.replace(/^\/{2,}/, '/');
    const [, name, rest] = /^\/+environments\/([^/?]+)(\/.*)$/.exec(req.url) ?? [];
    const handler = name === undefined ? first : handlers.get(decoded(name));
    if (handler === undefined) return next(unknownEnvironment(name, [...handlers.keys()]));
    if (rest !== undefined) req.url = rest;
    return handler(req, res, next);
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function unknownEnvironment(name = '', known: string[]): Error {
  const there = known.length === 1 ? `this server shows '${known[0]}'` : `there are ${known.join(', ')}`;
  return notFound(`There is no environment '${name}' here; ${there}.`);
}
