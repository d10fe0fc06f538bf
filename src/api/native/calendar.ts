import { z } from 'zod';
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
import { appendLedger } from '../../store/ledger.js';
import { begunDeployments } from '../../store/running.js';
import type { Context } from '../deps.js';
import { actor } from '../http/caller.js';
import { operation } from '../http/operation.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { empty, json } from '../openapi/answers.js';
import { freeze, releaseWindow } from '../openapi/answers-calendar.js';
import { calendarName as calendarNameParameter } from './path-parameters.js';
import { calendarName, freezeRequest, windowRequest } from './schemas.js';

/** One kind of thing in the calendar. */
interface Kind<T extends { name: string }> {
  /** For people and the ledger. */
  word: 'freeze' | 'window';
  /** In ids of operations. */
  noun: 'Freeze' | 'Window';
  /** A sentence. */
  meaning: string;
  request: z.ZodType;
  answer: z.ZodType;
  read(name: string, body: unknown, at: number): T;
  list(db: Db, environment: string): Promise<T[]>;
  put(db: Db, environment: string, value: T): Promise<void>;
  remove(db: Db, environment: string, name: string): Promise<boolean>;
}

const FREEZES: Kind<Freeze> = {
  word: 'freeze',
  noun: 'Freeze',
  meaning: 'From then until then nothing of these apps is released; without apps, nothing at all.',
  request: freezeRequest,
  answer: freeze,
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
  noun: 'Window',
  meaning: 'These apps are released in such a window only; without apps, only deployments that name it.',
  request: windowRequest,
  answer: releaseWindow,
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
  const { word, noun, answer } = kind;
  return [
    {
      path: new RegExp(`^/${path}/*$`),
      at: [`/${path}`],
      GET: operation(
        {
          id: `list${noun}s`,
          summary: `All ${word}s`,
          answers: { 200: json(`The ${word}s.`, z.strictObject({ items: z.array(answer) })) },
        },
        async () => ({ status: 200, body: { items: await all(context, kind) } }),
      ),
    },
    {
      path: new RegExp(`^/${path}/+(?<name>[^/]+)/*$`),
      at: [`/${path}/{name}`],
      params: { name: calendarNameParameter },
      GET: operation(
        {
          id: `get${noun}`,
          summary: `A ${word}`,
          answers: { 200: json(`The ${word}.`, answer) },
          refusals: [404],
        },
        (call) => show(context, kind, call),
      ),
      PUT: operation(
        {
          id: `put${noun}`,
          summary: `Add or change a ${word}`,
          description: kind.meaning,
          body: { schema: kind.request },
          answers: { 200: json('It was changed.', answer), 201: json('It was added.', answer) },
          refusals: [422],
        },
        (call) => put(context, kind, call),
      ),
      DELETE: operation(
        {
          id: `delete${noun}`,
          summary: `Remove a ${word}`,
          answers: { 204: empty('It is gone.') },
          refusals: [404],
        },
        (call) => remove(context, kind, call),
      ),
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
  const begun = await begunDeployments(store.db, config.environment);
  if (begun.length > 0) await workflows.calendarChanged(begun);
}

function unknown(word: string, name = ''): Error {
  return notFound(`There is no ${word} '${name}'.`);
}
