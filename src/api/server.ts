import express, { type Express, type RequestHandler } from 'express';
import { notFound } from '../errors.js';
import type { ApiDeps, Context, ServedEnvironment } from './deps.js';
import { answerErrors } from './errors.js';
import { type StreamFigures, streamFigures } from './events/figures.js';
import { EventHub } from './events/hub.js';
import { eventReader } from './events/reader.js';
import { EventStreams } from './events/stream.js';
import { requireToken } from './http/auth.js';
import { readBody } from './http/body.js';
import { compress } from './http/compress.js';
import { byEnvironment } from './http/environment.js';
import { commonHeaders } from './http/headers.js';
import { type Listening, listen } from './http/listen.js';
import { guardBrowsers } from './http/origin.js';
import { probes } from './http/probes.js';
import { routeTable } from './http/routing.js';
import { DefinitionTexts } from './marathon/definition-texts.js';
import { type ApiMetrics, createMetrics } from './metrics.js';
import { mountsOf } from './mounts.js';
import { openapiDocument } from './openapi/document.js';

/** The HTTP API of the environments. */
export interface Api {
  app: Express;
  /** Begins to take requests; `close` ends streams first, then waits for the requests that run. */
  listen(): Promise<Listening>;
  /** Sends callers elsewhere, until it is closed: it is not ready any more, and connections end with their next answer. */
  drain(): void;
}

type Address = ReturnType<Context['address']>;

/** Builds the API. Nothing is started before `listen`. */
export function createApi(deps: ApiDeps): Api {
  const address = { host: deps.config.host, port: deps.config.port };
  const streams = streamFigures(deps.telemetry.metrics);
  const byName = new Map<string, Context>();
  const server = { address, streams, of: (name: string) => byName.get(name) };
  for (const environment of deps.environments)
    byName.set(environment.name, contextOf(deps, environment, server));
  const contexts = [...byName.values()];
  const metrics = createMetrics(deps.telemetry.metrics, {
    version: deps.info.version,
    store: deps.store,
    environments: [...byName.keys()],
  });
  streams.show(contexts);
  let draining = false;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(probes(() => ({ ...deps.health(), draining })));
  useGuards(app, deps, metrics, address);
  app.use(byEnvironment(new Map([...byName].map(([name, context]) => [name, routerOf(context, metrics)]))));
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
        return closeAll(contexts, listening);
      };
      return { url: listening.url, close };
    },
  };
}

interface Server extends Pick<Context, 'of'> {
  address: Address;
  streams: StreamFigures;
}

function contextOf(deps: ApiDeps, environment: ServedEnvironment, { address, streams, of }: Server): Context {
  const { name, instances, stopInstances } = environment;
  const now = deps.now ?? (() => new Date());
  return {
    ...deps,
    instances,
    ...(stopInstances === undefined ? {} : { stopInstances }),
    config: { ...deps.config, environment: name },
    now,
    streams: new EventStreams(hubOf(deps, name), now, () => streams.dropped(name)),
    definitions: new DefinitionTexts(),
    address: () => address,
    of,
  };
}

function hubOf({ store, log }: ApiDeps, environment: string): EventHub {
  return new EventHub(eventReader(store, environment), (error) =>
    log.error({ err: error }, 'new events could not be read; the next notice tries again'),
  );
}

/** Everything that happens before a route is looked for, from the cheapest to the dearest. */
function useGuards(
  app: Express,
  { config, telemetry }: ApiDeps,
  metrics: ApiMetrics,
  address: Address,
): void {
  if (telemetry.requests) app.use(telemetry.requests);
  app.use(metrics.count);
  app.use(commonHeaders(() => `http://${address.host}:${address.port}`));
  app.use(guardBrowsers(config));
  app.use(requireToken(config.token));
  app.use(compress());
  app.use(readBody(config.bodyLimit));
}

/** The routes of one environment. */
function routerOf(context: Context, metrics: ApiMetrics): RequestHandler {
  const { info, config } = context;
  const facts = {
    version: info.version,
    environment: config.environment,
    secured: config.token !== undefined,
  };
  const router = express.Router();
  for (const { prefix, routes } of mountsOf(context, metrics, (mounts) => openapiDocument(mounts, facts))) {
    router.use(prefix, routeTable([...routes]));
  }
  router.use((req) => {
    throw notFound(`There is nothing at ${req.path}.`);
  });
  return router;
}

async function closeAll(contexts: readonly Context[], listening: Listening): Promise<void> {
  for (const { streams } of contexts) await streams.close();
  await listening.close();
}
