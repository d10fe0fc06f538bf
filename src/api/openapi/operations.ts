import { ANSWER_HEADERS, type AnswerDescription, type OperationDescription } from '../http/operation.js';
import type { Parameter } from '../http/parameters.js';
import type { Route } from '../http/routing.js';
import { type Components, inline } from './components.js';
import type { Facts, Mount } from './mount.js';

type Json = Record<string, unknown>;

/** All that the description of one operation is made from. */
export interface Described {
  mount: Mount;
  route: Route;
  template: string;
  operation: OperationDescription;
  components: Components;
  facts: Facts;
  /** Not the first template of its route. */
  again: boolean;
}

/** Headers that all changes take. */
export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same key with the same request gets the first answer again, and changes nothing.',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
  },
  By: {
    name: 'X-Slipway-By',
    in: 'header',
    description: 'Who asks, percent-encoded, where the authorization does not say it.',
    schema: { type: 'string' },
  },
  Reason: {
    name: 'X-Slipway-Reason',
    in: 'header',
    description: 'Why, percent-encoded.',
    schema: { type: 'string' },
  },
};

const CHANGE_HEADERS = Object.keys(PARAMETERS).map((name) => ({ $ref: `#/components/parameters/${name}` }));

/** What a refusal with a status means, whatever the operation. */
const REFUSALS: Record<number, string> = {
  400: 'The request cannot be read: its path, its query or its JSON.',
  401: 'The token is missing or wrong.',
  403: 'It comes from a page of another site, or too many deployments run.',
  404: 'What the request names does not exist.',
  405: 'The request asks for another form of answer than there is.',
  409: 'Another deployment holds the lock, the name is taken, or the command does not apply.',
  413: 'The body is too large.',
  415: 'The encoding of the body is not known.',
  422: 'The request can be read, but its values are not right.',
  500: 'Something that nobody expected; the log of the service has the reason.',
  503: 'The database or Temporal is away; try again after the seconds of `Retry-After`.',
};

/** The Operation Object. */
export function describeOperation(described: Described): Json {
  const { operation, mount, again } = described;
  const parameters = [...pathParameters(described), ...queryParameters(operation), ...headers(operation)];
  return {
    operationId: again ? `${operation.id}OfRoot` : operation.id,
    tags: [mount.tag.name],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...body(described),
    responses: { ...answers(described), ...refusals(described) },
  };
}

function pathParameters({ template, route }: Described): Json[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const { description, schema, example } = route.params?.[name] ?? { description: 'Any text.' };
    return {
      name,
      in: 'path',
      required: true,
      description,
      schema: schema === undefined ? { type: 'string', minLength: 1 } : inline(schema),
      ...(example === undefined ? {} : { example }),
    };
  });
}

function queryParameters({ query = {} }: OperationDescription): Json[] {
  return Object.entries(query).map(([name, parameter]: [string, Parameter<unknown>]) => ({
    name,
    in: 'query',
    description: parameter.description,
    schema: inline(parameter.schema),
  }));
}

/** What makes a deployment takes the headers of changes. */
function headers({ answers, body }: OperationDescription): Json[] {
  const changes = body !== undefined || Object.values(answers).some((answer) => answer.headers?.length);
  return changes ? CHANGE_HEADERS : [];
}

function body({ operation, components }: Described): Json {
  if (operation.body === undefined) return {};
  const { schema, required = true } = operation.body;
  const reference = components.taken(schema, capital(`${operation.id}Body`));
  return { requestBody: { required, content: { 'application/json': { schema: reference } } } };
}

function answers({ operation, components }: Described): Json {
  const entries = Object.entries(operation.answers).map(([status, answer]) => {
    const name = capital(`${operation.id}Answer${status === '200' ? '' : status}`);
    return [
      status,
      { description: answer.description, ...content(answer, components, name), ...named(answer) },
    ];
  });
  return Object.fromEntries(entries);
}

function content({ type, or = [], schema }: AnswerDescription, components: Components, name: string): Json {
  if (type === undefined) return {};
  const shape = schema === undefined ? { type: 'string' } : components.given(schema, name);
  const others = or.map((other) => [other, { schema: { type: 'string' } }]);
  return { content: { [type]: { schema: shape }, ...Object.fromEntries(others) } };
}

function named({ headers = [] }: AnswerDescription): Json {
  if (headers.length === 0) return {};
  const entries = headers.map((name) => [
    name,
    { description: ANSWER_HEADERS[name], required: name !== 'Warning', schema: { type: 'string' } },
  ]);
  return { headers: Object.fromEntries(entries) };
}

function refusals({ operation, mount, facts }: Described): Json {
  const statuses = new Set<number>([400, 403, 500, 503, ...(operation.refusals ?? [])]);
  if (facts.secured) statuses.add(401);
  if (operation.body !== undefined) for (const status of [413, 415, 422]) statuses.add(status);
  return Object.fromEntries(
    [...statuses].map((status) => [status, { $ref: `#/components/responses/${mount.error}${status}` }]),
  );
}

/** All refusals in one of the two forms, as components. */
export function refusalComponents(error: Mount['error']): Json {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${error}` } } };
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [`${error}${status}`, { description, content }]),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
