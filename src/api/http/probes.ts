import type { RequestHandler } from 'express';

interface State {
  database: boolean;
  temporal: boolean;
  /** It was told to end. */
  draining: boolean;
}

/**
 * `/healthz` (the process is there) and `/readyz` (send requests here), for those who watch over the service: they have
 * no token. Temporal may be away: reads go on, and changes are accepted and started later.
 */
export function probes(state: () => State): RequestHandler {
  return (req, res, next) => {
    const { database, temporal, draining } = state();
    // Whoever asks again comes by a new connection, and that goes to another server.
    if (draining) res.setHeader('Connection', 'close');
    if (req.path === '/healthz') return void res.json({ ready: true });
    if (req.path !== '/readyz') return next();
    const ready = database && !draining;
    if (!ready) res.setHeader('Retry-After', '2');
    res.status(ready ? 200 : 503).json({ ready, database, temporal, draining });
  };
}
