import { notFound } from '../../errors.js';
import { parseWith } from '../../formats/parse.js';
import { checkWindow } from '../../gates/recurrence.js';
import type { Freeze, ReleaseWindow } from '../../gates/types.js';
import type { LedgerEntry } from '../../model/deployment.js';
import { absolute, ROOT } from '../../model/paths.js';
import {
  listFreezes,
  listWindows,
  putFreeze,
  putWindow,
  removeFreeze,
  removeWindow,
} from '../../store/calendar.js';
import type { Db } from '../../store/db.js';
import { activeDeployments } from '../../store/deployments.js';
import { appendLedger } from '../../store/ledger.js';
import type { Context } from '../deps.js';
import { actor } from '../http/caller.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { calendarName, freezeRequest, windowRequest } from './schemas.js';

/** One kind of thing in the calendar. */
interface Kind<T extends { name: string }> {
  /** For people and the ledger. */
  word: 'freeze' | 'window';
  read(name: string, body: unknown, at: number): T;
  list(db: Db, environment: string): Promise<T[]>;
  put(db: Db, environment: string, value: T): Promise<void>;
  remove(db: Db, environment: string, name: string): Promise<boolean>;
}

const FREEZES: Kind<Freeze> = {
  word: 'freeze',
  read: (name, body) => {
    const { apps, ...rest } = parseWith(freezeRequest, body);
    return { name, ...rest, ...scopeOf(apps) };
  },
  list: listFreezes,
  put: putFreeze,
  remove: removeFreeze,
};

const WINDOWS: Kind<ReleaseWindow> = {
  word: 'window',
  read: (name, body, at) => {
    const { apps, ...rest } = parseWith(windowRequest, body);
    checkWindow(rest, at);
    return { name, ...rest, ...scopeOf(apps) };
  },
  list: listWindows,
  put: putWindow,
  remove: removeWindow,
};

function scopeOf(apps: string[] | undefined): { apps?: string[] } {
  return apps === undefined ? {} : { apps: apps.map((id) => absolute(id, ROOT)) };
}

/** `/api/freezes` and `/api/windows`: when releases may run. */
export function calendarRoutes(context: Context): Route[] {
  return [...routesOf(context, 'freezes', FREEZES), ...routesOf(context, 'windows', WINDOWS)];
}

function routesOf<T extends { name: string }>(context: Context, path: string, kind: Kind<T>): Route[] {
  return [
    {
      path: new RegExp(`^/${path}/*$`),
      GET: async () => ({ status: 200, body: { items: await all(context, kind) } }),
    },
    {
      path: new RegExp(`^/${path}/+(?<name>[^/]+)/*$`),
      GET: (call) => show(context, kind, call),
      PUT: (call) => put(context, kind, call),
      DELETE: (call) => remove(context, kind, call),
    },
  ];
}

function all<T extends { name: string }>({ store, config }: Context, kind: Kind<T>): Promise<T[]> {
  return kind.list(store.db, config.environment);
}

async function show<T extends { name: string }>(
  context: Context,
  kind: Kind<T>,
  { params }: Call,
): Promise<Answer> {
  const found = (await all(context, kind)).find(({ name }) => name === params.name);
  if (found === undefined) throw unknown(kind.word, params.name);
  return { status: 200, body: found };
}

async function put<T extends { name: string }>(context: Context, kind: Kind<T>, call: Call): Promise<Answer> {
  const name = parseWith(calendarName, call.params.name);
  const existed = (await all(context, kind)).some((each) => each.name === name);
  const value = kind.read(name, call.json(), context.now().getTime());
  await context.store.transaction(async (tx) => {
    await kind.put(tx, context.config.environment, value);
    await note(context, tx, call, kind.word, `${existed ? 'Changes' : 'Adds'} the ${kind.word} ${name}.`);
  });
  await tellRunning(context);
  return { status: existed ? 200 : 201, body: value };
}

async function remove<T extends { name: string }>(
  context: Context,
  kind: Kind<T>,
  call: Call,
): Promise<Answer> {
  const name = call.params.name ?? '';
  const gone = await context.store.transaction(async (tx) => {
    if (!(await kind.remove(tx, context.config.environment, name))) return false;
    await note(context, tx, call, kind.word, `Removes the ${kind.word} ${name}.`);
    return true;
  });
  if (!gone) throw unknown(kind.word, name);
  await tellRunning(context);
  return { status: 204 };
}

function note(context: Context, tx: Db, call: Call, command: string, description: string): Promise<void> {
  const { caller } = call;
  const entry: LedgerEntry = {
    at: context.now().toISOString(),
    deployment: '',
    by: actor(caller),
    channel: caller.channel,
    command,
    ...(caller.reason === undefined ? {} : { reason: caller.reason }),
    description,
  };
  return appendLedger(tx, context.config.environment, [entry]);
}

/** Those that run ask again at once; those that are only being started are told by the dispatcher. */
async function tellRunning({ store, config, workflows }: Context): Promise<void> {
  const active = await activeDeployments(store.db, config.environment);
  const begun = active.filter(({ state }) => state !== 'queued').map(({ id }) => id);
  if (begun.length > 0) await workflows.calendarChanged(begun);
}

function unknown(word: string, name = ''): Error {
  return notFound(`There is no ${word} '${name}'.`);
}
