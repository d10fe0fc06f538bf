import type { RequestHandler } from 'express';

/** Headers that Marathon puts on every answer (LeaderProxyFilter, CacheDisablingFilter), and `nosniff`. */
export function commonHeaders(leaderUrl: () => string): RequestHandler {
  return (_req, res, next) => {
    res.set({
      'X-Marathon-Leader': leaderUrl(),
      'X-Frame-Options': 'DENY',
      'X-XSS-Protection': '1; mode=block',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-cache, no-store, must-revalidate',
      Pragma: 'no-cache',
      Expires: '0',
    });
    next();
  };
}

/** Warnings of an accepted change as one `Warning` header (RFC 7234 code 299), for bodies that may hold nothing extra. */
export function warningHeader(warnings: string[]): Record<string, string> {
  if (warnings.length === 0) return {};
  return { Warning: warnings.map((text) => `299 - "${quotable(text)}"`).join(', ') };
}

/** Header values are printable ASCII; a quote or backslash inside the quoted text is escaped. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
}
