import compression from 'compression';
import express, { type Express } from 'express';
import { notFound } from '../errors.js';
import type { ApiDeps, Context } from './deps.js';
import { answerErrors } from './errors.js';
import { EventHub } from './events/hub.js';
import { eventReader } from './events/reader.js';
import { EventStreams } from './events/stream.js';
import { readFigures } from './figures.js';
import { requireToken } from './http/auth.js';
import { readBody } from './http/body.js';
import { environmentPrefix } from './http/environment.js';
import { commonHeaders } from './http/headers.js';
import { type Listening, listen } from './http/listen.js';
import { guardBrowsers } from './http/origin.js';
import { probes } from './http/probes.js';
import { routeTable } from './http/routing.js';
import { DefinitionTexts } from './marathon/definition-texts.js';
import { createMetrics, type Metrics } from './metrics.js';
import { mountsOf } from './mounts.js';
import { openapiDocument } from './openapi/document.js';

/** The HTTP API of one environment. */
export interface Api {
  app: Express;
  /** Begins to take requests; `close` ends streams first, then waits for the requests that run. */
  listen(): Promise<Listening>;
  /** Sends callers elsewhere, until it is closed: it is not ready any more, and connections end with their next answer. */
  drain(): void;
}

/** Builds the API. Nothing is started before `listen`. */
export function createApi(deps: ApiDeps): Api {
  const address = { host: deps.config.host, port: deps.config.port };
  const now = deps.now ?? (() => new Date());
  const streams = new EventStreams(hubOf(deps), now);
  const context: Context = {
    ...deps,
    now,
    streams,
    definitions: new DefinitionTexts(),
    address: () => address,
  };
  const metrics = createMetrics(deps.info.version, () => readFigures(context));
  let draining = false;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(probes(() => ({ ...deps.health(), draining })));
  useGuards(app, context, metrics);
  useRoutes(app, context, metrics);
  app.use(answerErrors(deps.log));
  return {
    app,
    drain: () => {
      draining = true;
    },
    async listen() {
      const listening = await listen(app, deps.config);
      address.port = Number(new URL(listening.url).port);
      const close = () => {
        draining = true;
        return closeAll(streams, listening);
      };
      return { url: listening.url, close };
    },
  };
}

function hubOf({ store, config, log }: ApiDeps): EventHub {
  return new EventHub(eventReader(store, config.environment), (error) =>
    log.error({ err: error }, 'new events could not be read; the next notice tries again'),
  );
}

/** Everything that happens before a route is looked for, from the cheapest to the dearest. */
function useGuards(app: Express, { config, address }: Context, metrics: Metrics): void {
  app.use(metrics.count);
  app.use(commonHeaders(() => `http://${address().host}:${address().port}`));
  app.use(guardBrowsers(config));
  app.use(requireToken(config.token));
  app.use(environmentPrefix(config.environment));
  app.use(
    compression({
      level: 1,
      filter: (req, res) => res.locals.stream !== true && compression.filter(req, res),
    }),
  );
  app.use(readBody(config.bodyLimit));
}

function useRoutes(app: Express, context: Context, metrics: Metrics): void {
  const { info, config } = context;
  const facts = {
    version: info.version,
    environment: config.environment,
    secured: config.token !== undefined,
  };
  for (const { prefix, routes } of mountsOf(context, metrics, (mounts) => openapiDocument(mounts, facts))) {
    app.use(prefix, routeTable([...routes]));
  }
  app.use((req) => {
    throw notFound(`There is nothing at ${req.path}.`);
  });
}

async function closeAll(streams: EventStreams, listening: Listening): Promise<void> {
  await streams.close();
  await listening.close();
}
