import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import { connectTemporal, type TemporalConnections } from '../../src/temporal/connection.js';
import { ensureSearchAttributes } from '../../src/temporal/register-search-attributes.js';
import { until } from '../helpers/until.js';

const OURS = ['SlipwayApp', 'SlipwayEnvironment', 'SlipwayGate', 'SlipwayStep'];
const KEYWORD_LIST = 7;
const DAY_SECONDS = 86_400;

let connections: TemporalConnections[];
beforeAll(() => {
  connections = [];
});
afterAll(() => Promise.all(connections.map((each) => each.close())));

/** A client of a namespace that was made just now. */
async function freshNamespace(): Promise<Client> {
  const namespace = `attributes-${randomUUID()}`;
  const opened = await connectTemporal({ address: inject('temporalAddress'), namespace });
  connections.push(opened);
  const { workflowService } = opened.client;
  const workflowExecutionRetentionPeriod = { seconds: DAY_SECONDS as never };
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  const known = () =>
    registered(opened.client).then(
      () => true,
      () => false,
    );
  await until(known, { what: 'the namespace' });
  return opened.client;
}

async function registered(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  return Object.keys(customAttributes ?? {})
    .filter((name) => OURS.includes(name))
    .sort();
}

test('are registered in a namespace that lacks them, also by several at once, and again', async () => {
  const client = await freshNamespace();
  await Promise.all([1, 2, 3].map(() => ensureSearchAttributes(client)));
  await ensureSearchAttributes(client);
  expect(await registered(client)).toEqual(OURS);
});

test('where the server refuses, the error says what is missing, why, and the command for who may', async () => {
  const client = await freshNamespace();
  const { namespace } = client.options;
  // A namespace has room for so many lists; others have taken it.
  const searchAttributes = { OtherA: KEYWORD_LIST, OtherB: KEYWORD_LIST, OtherC: KEYWORD_LIST };
  await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  const error = await ensureSearchAttributes(client).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TerminalError);
  const { message } = error as TerminalError;
  expect(message).toContain(`namespace "${namespace}" lacks search attributes`);
  expect(message).toContain(`temporal operator search-attribute create --namespace ${namespace}`);
  expect(message).toContain('--name SlipwayApp --type KeywordList');
  expect(message).toContain('--name SlipwayGate --type Keyword');
  expect(message, 'why').toMatch(/cannot have more than \d+ search attribute/);
});
