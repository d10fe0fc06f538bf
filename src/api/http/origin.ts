import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { TerminalError } from '../../errors.js';
import { isLoopback } from '../../os/loopback.js';

/**
 * Keeps web pages of other sites out, which a browser on this machine could be made to send requests for:
 * a name that an attacker's DNS points at us (Host), and a write from another site (Origin).
 */
export function guardBrowsers(config: { host: string; token?: string }): RequestHandler {
  const anyHost = config.token !== undefined || !isLoopback(config.host);
  return (req, _res, next) => {
    if (!anyHost && !isOwnName(hostName(req), config.host)) return next(foreignHost(req));
    if (isWrite(req) && isForeignOrigin(req)) return next(foreignOrigin(req));
    next();
  };
}

/** An address cannot be rebound by DNS; of the names only ours are known. */
function isOwnName(name: string, own: string): boolean {
  return isIP(name) !== 0 || name === 'localhost' || name === own;
}

function hostName(req: Request): string {
  const host = (req.get('host') ?? '').toLowerCase();
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return bracketed?.[1] ?? host.replace(/:\d*$/, '');
}

function isWrite(req: Request): boolean {
  return req.method !== 'GET' && req.method !== 'HEAD' && req.method !== 'OPTIONS';
}

function isForeignOrigin(req: Request): boolean {
  const origin = req.get('origin');
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== (req.get('host') ?? '').toLowerCase();
  } catch {
    return true;
  }
}

function foreignHost(req: Request): TerminalError {
  return new TerminalError(
    'forbidden',
    `The Host header says '${req.get('host') ?? ''}', which is not a name of this service; localhost or its address is right. Behind a proxy set a token.`,
  );
}

function foreignOrigin(req: Request): TerminalError {
  return new TerminalError(
    'forbidden',
    `The request comes from a page of ${req.get('origin') ?? ''}; changes are taken from pages of this service only.`,
  );
}
