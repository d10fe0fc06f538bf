import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { TerminalError } from '../../errors.js';

/**
 * With a token, every request but `/ping` has to carry it: as `Authorization: Bearer <token>`, or as the
 * password of Basic authorization, which is all that Marathon's clients know.
 */
export function requireToken(token: string | undefined): RequestHandler {
  if (token === undefined) return (_req, _res, next) => next();
  const wanted = digest(token);
  return (req, res, next) => {
    if (req.path === '/ping') return next();
    const given = presented(req.get('authorization') ?? '');
    if (given !== undefined && timingSafeEqual(digest(given), wanted)) return next();
    res.setHeader('WWW-Authenticate', 'Basic realm="slipway", Bearer realm="slipway"');
    next(
      new TerminalError(
        'unauthorized',
        given === undefined
          ? 'This service asks for a token: send it as Authorization: Bearer <token>, or as the password of Basic authorization.'
          : 'The token is not the right one.',
      ),
    );
  };
}

/** Digests have one length, so that the comparison takes the same time for every guess. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function presented(header: string): string | undefined {
  const match = /^(bearer|basic)\s+(\S+)$/i.exec(header.trim());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return match[1].toLowerCase() === 'bearer' ? match[2] : password(match[2]);
}

function password(encoded: string): string | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}
