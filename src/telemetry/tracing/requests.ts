import type { RequestHandler } from 'express';
import type { Tracing } from './tracing.js';

/** A span for each HTTP request, part of the caller's trace where it has one. */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (req, res, next) => {
    const { method, path } = req;
    const attributes = { 'http.request.method': method, 'url.path': path };
    const what = {
      name: method,
      kind: 'server',
      attributes,
      parent: req.get('traceparent'),
      root: true,
    } as const;
    void tracing.span(what, async (span) => {
      const closed = new Promise((resolve) => res.once('close', resolve));
      next();
      await closed;
      const { route } = res.locals as { route?: string };
      if (route !== undefined) span.rename(`${method} ${route}`);
      span.set({ 'http.route': route, 'http.response.status_code': res.statusCode });
      if (res.statusCode >= 500) span.failed(String(res.statusCode));
    });
  };
}
