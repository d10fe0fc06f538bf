import { notFound } from '../../errors.js';
import { absolute, ROOT } from '../../model/paths.js';
import { optional } from '../../store/compact.js';
import { pageLedger } from '../../store/ledger.js';
import { historyOfApp } from '../../store/versions.js';
import type { Context } from '../deps.js';
import { appId } from '../http/app-id.js';
import { operation } from '../http/operation.js';
import { type QueryOf, text, time } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json } from '../openapi/answers.js';
import { environmentList, history, ledgerPage, serviceStatus } from '../openapi/answers-native.js';
import { eventStream, lastEventId } from '../openapi/event-stream.js';
import { pageParameters } from './page.js';

const ledgerParameters = {
  ...pageParameters,
  deployment: text('Only decisions about this deployment.'),
  app: text('Only decisions about this app.'),
  by: text('Only decisions of this person.'),
  since: time('Only decisions made then or later.'),
};

/** Lists of what was decided and what was in force. */
export function readRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/ledger\/*$/,
      at: ['/ledger'],
      GET: operation(
        {
          id: 'listDecisions',
          summary: 'Who decided what, the newest first',
          query: ledgerParameters,
          answers: { 200: json('A page of decisions.', ledgerPage) },
          refusals: [422],
        },
        (_call, query) => ledger(context, query),
      ),
    },
    {
      path: /^\/apps\/+(?<id>.+?)\/+history\/*$/,
      at: ['/apps/{id}/history'],
      params: { id: appId },
      GET: operation(
        {
          id: 'getHistory',
          summary: 'Revisions of an app, the newest first',
          answers: { 200: json('Number, version, when, by whom, why.', history) },
          refusals: [404, 422],
        },
        (call) => historyOf(context, call),
      ),
    },
    {
      path: /^\/environments\/*$/,
      at: ['/environments'],
      GET: operation(
        {
          id: 'listEnvironments',
          summary: 'Environments: runtime, capacity and what is taken',
          answers: { 200: json('The environments.', environmentList) },
        },
        () => environments(context),
      ),
    },
    {
      path: /^\/status\/*$/,
      at: ['/status'],
      GET: operation(
        {
          id: 'getStatus',
          summary: 'What is up',
          description: 'Answers also while the database or Temporal is away.',
          answers: { 200: json('What is up, and where.', serviceStatus) },
        },
        () => status(context),
      ),
    },
    {
      path: /^\/events\/*$/,
      at: ['/events'],
      GET: operation(
        {
          id: 'streamEvents',
          summary: 'All events as they happen',
          query: { lastEventId },
          answers: { 200: eventStream },
        },
        (call) => context.streams.serve(call, { shape: (event) => event }),
      ),
    },
  ];
}

async function ledger({ store, config }: Context, query: QueryOf<typeof ledgerParameters>): Promise<Answer> {
  const { app, ...filter } = query;
  const page = await pageLedger(store.db, config.environment, {
    ...optional(filter),
    ...(app === undefined ? {} : { app: absolute(app, ROOT) }),
  });
  return { status: 200, body: page };
}

async function historyOf({ store, config }: Context, { params }: Call): Promise<Answer> {
  const id = absolute(params.id ?? '', ROOT);
  const items = await historyOfApp(store.db, config.environment, id);
  if (items.length === 0) throw notFound(`App '${id}' does not exist`);
  return { status: 200, body: { items } };
}

async function environments({ environments: all }: Context): Promise<Answer> {
  const items = await Promise.all(
    all.map(async ({ name, runtime, production, instances }, index) => {
      const { total, taken } = await instances.capacity();
      return { name, runtime, default: index === 0, production, capacity: total, taken };
    }),
  );
  return { status: 200, body: { items } };
}

/** Answers also while the database or Temporal is away: that is what it is asked for. */
async function status({ config, info, health, address }: Context): Promise<Answer> {
  const up = health();
  const { host, port } = address();
  return {
    status: 200,
    body: {
      version: info.version,
      environment: config.environment,
      url: `http://${host}:${port}`,
      database: up.database,
      temporal: up.temporal,
      temporalAddress: info.temporalAddress,
      ...(info.uiUrl === undefined ? {} : { temporalUi: info.uiUrl }),
    },
  };
}
