import { notFound } from '../../errors.js';
import { absolute, ROOT } from '../../model/paths.js';
import { pageLedger } from '../../store/ledger.js';
import { historyOfApp } from '../../store/versions.js';
import type { Context } from '../deps.js';
import { time } from '../http/query.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { pageOf } from './page.js';

/** Lists of what was decided and what was in force. */
export function readRoutes(context: Context): Route[] {
  return [
    { path: /^\/ledger\/*$/, GET: (call) => ledger(context, call) },
    { path: /^\/apps\/+(?<id>.+?)\/+history\/*$/, GET: (call) => history(context, call) },
    { path: /^\/environments\/*$/, GET: () => environments(context) },
    { path: /^\/status\/*$/, GET: () => status(context) },
    { path: /^\/events\/*$/, GET: (call) => context.streams.serve(call, { shape: (event) => event }) },
  ];
}

async function ledger({ store, config }: Context, { query }: Call): Promise<Answer> {
  const since = time(query, 'since');
  const app = query.get('app');
  const page = await pageLedger(store.db, config.environment, {
    ...pageOf(query),
    ...given('deployment', query.get('deployment')),
    ...given('by', query.get('by')),
    ...given('app', app === null ? null : absolute(app, ROOT)),
    ...given('since', since ?? null),
  });
  return { status: 200, body: page };
}

function given<K extends string>(name: K, value: string | null): { [P in K]?: string } {
  return (value === null ? {} : { [name]: value }) as { [P in K]?: string };
}

async function history({ store, config }: Context, { params }: Call): Promise<Answer> {
  const id = absolute(params.id ?? '', ROOT);
  const items = await historyOfApp(store.db, config.environment, id);
  if (items.length === 0) throw notFound(`App '${id}' does not exist`);
  return { status: 200, body: { items } };
}

async function environments({ config, info, instances }: Context): Promise<Answer> {
  const { total, taken } = await instances.capacity();
  const environment = {
    name: config.environment,
    runtime: info.runtime ?? 'process',
    default: true,
    capacity: total,
    taken,
  };
  return { status: 200, body: { items: [environment] } };
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
