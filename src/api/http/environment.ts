import type { RequestHandler } from 'express';
import { notFound } from '../../errors.js';

/** Takes the prefix `/environments/{name}` off the path; only the environment that this server shows is known. */
export function environmentPrefix(environment: string): RequestHandler {
  return (req, _res, next) => {
    req.url = req.url.replace(/^\/{2,}/, '/');
    const match = /^\/+environments\/([^/?]+)(\/.*)$/.exec(req.url);
    if (match?.[1] === undefined || match[2] === undefined) return next();
    if (match[1] !== encodeURIComponent(environment)) return next(unknownEnvironment(match[1], environment));
    req.url = match[2];
    next();
  };
}

function unknownEnvironment(name: string, environment: string): Error {
  return notFound(`There is no environment '${name}' here; this server shows '${environment}'.`);
}
