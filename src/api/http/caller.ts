import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { TerminalError } from '../../errors.js';
import type { Channel } from '../../model/deployment.js';
import { rawBody } from './body.js';

/** Who asks, through which channel, and whether it was asked before. */
export interface Caller {
  /** Name as stated by the authorization or `X-Slipway-By`; undefined where neither says. */
  by?: string;
  channel: Channel;
  reason?: string;
  clientIp: string;
  uri: string;
  idempotency?: { key: string; fingerprint: string };
}

/** Longest key that is taken; a UUID has 36 characters. */
const MAX_KEY = 200;
const MAX_NAME = 200;

export function callerOf(req: Request): Caller {
  const by = named(authorizedName(req)) ?? named(decoded(req.get('x-slipway-by')));
  const reason = named(decoded(req.get('x-slipway-reason')));
  const idempotency = idempotencyOf(req);
  return {
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
    ...(idempotency === undefined ? {} : { idempotency }),
    channel: req.get('x-slipway-channel') === 'cli' ? 'cli' : 'api',
    clientIp: req.socket.remoteAddress ?? '',
    uri: req.originalUrl,
  };
}

/** The one who acts, where neither authorization nor header nor body named anybody. */
const ANONYMOUS = 'anonymous';

/** Who acts: the authorized name counts more than the header, and both more than what the body says. */
export function actor(caller: Caller, fromBody?: string): string {
  return caller.by ?? named(fromBody) ?? ANONYMOUS;
}

function named(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text.slice(0, MAX_NAME);
}

/** Headers carry ASCII: other names come percent-encoded. */
function decoded(header: string | undefined): string | undefined {
  try {
    return header === undefined ? undefined : decodeURIComponent(header);
  } catch {
    return header;
  }
}

/** Basic authorization states a user's name; the password was checked before. */
function authorizedName(req: Request): string | undefined {
  const match = /^basic\s+(\S+)$/i.exec(req.get('authorization') ?? '');
  if (match?.[1] === undefined) return undefined;
  return Buffer.from(match[1], 'base64').toString('utf8').split(':')[0];
}

function idempotencyOf(req: Request): Caller['idempotency'] {
  const key = req.get('idempotency-key');
  if (key === undefined || req.method === 'GET' || req.method === 'HEAD') return undefined;
  if (key.length === 0 || key.length > MAX_KEY) {
    throw new TerminalError(
      'bad_request',
      `Idempotency-Key has ${key.length} characters; 1 to ${MAX_KEY} are right.`,
    );
  }
  return { key, fingerprint: fingerprintOf(req) };
}

function fingerprintOf(req: Request): string {
  return createHash('sha256').update(`${req.method} ${req.originalUrl}\n`).update(rawBody(req)).digest('hex');
}
