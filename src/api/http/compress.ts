import compression from 'compression';
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../../os/loopback.js';

/** What a proxy says of the client behind it. */
const FORWARDED = ['forwarded', 'x-forwarded-for'] as const;

/**
 * Packs large answers with gzip for those who take it, streams excepted. Not for a client on this machine: packing and
 * unpacking a list of thousands takes longer than it takes to build it, and there is no network to spare.
 */
export function compress(): RequestHandler {
  return compression({
    level: 1,
    filter: (req, res) => res.locals.stream !== true && !isHere(req) && compression.filter(req, res),
  });
}

function isHere({ socket, headers }: Request): boolean {
  // A socket of IPv6 tells an address of IPv4 with that before it.
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return isLoopback(address) && !FORWARDED.some((name) => name in headers);
}
