import { describe, expect, test } from 'vitest';
import { appendEvents } from '../../src/store/events.js';
import { cleanAfter } from '../retention/clean.js';
import { type Served, serve, sharedStore } from './harness.js';
import { Reader } from './sse-client.js';
import { deploymentIn, succeed } from './steps.js';

const store = sharedStore();
/** Past all that is kept for days. */
const LONG = 100;

/** An app that was released so many times, with one old revision kept; ids of the deployments, the first one first. */
async function releasedTimes(served: Served, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 1; at <= count; at++) {
    const app = { id: '/web', cmd: `sleep ${at}`, release: { revisionHistoryLimit: 1 } };
    const id = deploymentIn(await served.call('PUT', '/v2/apps/web', app));
    await succeed(served, id);
    ids.push(id);
  }
  return ids;
}

describe('what is not kept any more', () => {
  test('a deployment is 404 with a sentence, and its decisions are in the ledger', async () => {
    const served = await serve(store());
    const [first] = await releasedTimes(served, 4);
    await cleanAfter(store(), LONG);
    const sentence = `Deployment '${first}' has ended and is not kept any more; the ledger still has what was decided about it.`;
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/explain'],
      ['GET', '/instances'],
      ['POST', '/rollback'],
    ] as const) {
      const { status, body } = await served.call(method, `/api/deployments/${first}${path}`);
      expect({ status, message: body.message }).toEqual({ status: 404, message: sentence });
    }
    const { body } = await served.call('GET', `/api/ledger?deployment=${first}`);
    expect(body.items.map(({ command }: { command: string }) => command)).toEqual(['succeeded', 'update']);
    const unknown = await served.call('GET', '/api/deployments/none');
    expect(unknown.body.message).toBe(
      `There is no deployment 'none' in the environment ${served.environment}.`,
    );
  });

  test('a revision says which are kept, and those keep their numbers', async () => {
    const served = await serve(store());
    await releasedTimes(served, 4);
    const { items } = (await served.call('GET', '/api/apps/web/history')).body;
    await cleanAfter(store(), 1);
    expect((await served.call('GET', '/api/apps/web/history')).body.items).toEqual(items.slice(0, 2));
    const change = { rollback: { id: '/web', revision: 1 } };
    const refused = await served.call('POST', '/api/deployments', { change });
    expect({ status: refused.status, message: refused.body.message }).toEqual({
      status: 404,
      message: "App '/web' has no revision 1; kept are 3 to 4, as its revisionHistoryLimit says.",
    });
    const kept = await served.call('POST', '/api/deployments', {
      change: { rollback: { id: '/web', revision: 3 } },
    });
    expect(kept.status).toBe(201);
    expect((await served.call('GET', '/v2/apps/web')).body.app.cmd).toBe('sleep 3');
  });

  test('a version says since when they are kept', async () => {
    const served = await serve(store());
    await releasedTimes(served, 4);
    const { versions } = (await served.call('GET', '/v2/apps/web/versions')).body;
    await cleanAfter(store(), 1);
    const says = `App '/web' does not exist in version ${versions[3]}; those before ${versions[1]} are not kept any more`;
    const asked = await served.call('GET', `/v2/apps/web/versions/${versions[3]}`);
    expect({ status: asked.status, message: asked.body.message }).toEqual({ status: 404, message: says });
    const back = await served.call('PUT', '/v2/apps/web', { version: versions[3] });
    expect({ status: back.status, message: back.body.message }).toEqual({ status: 404, message: says });
  });

  test('events are missed with an event that says so; Marathon’s clients get what is there', async () => {
    const served = await serve(store());
    const { environment } = served;
    const event = (eventType: string) => ({ eventType, timestamp: '2020-01-01T00:00:00.000Z' });
    await releasedTimes(served, 1);
    await appendEvents(store().db, environment, [event('deployment_info')]);
    await cleanAfter(store(), LONG);
    const now = { ...event('deployment_success'), timestamp: new Date(Date.now() + 1e12).toISOString() };
    await appendEvents(store().db, environment, [now]);
    const native = await Reader.open(`${served.url}/api/events`, { 'last-event-id': '1' });
    const marathon = await Reader.open(`${served.url}/v2/events`, { 'last-event-id': '1' });
    await native.has('deployment_success');
    await marathon.has('deployment_success');
    expect(native.types[0]).toBe('events_missed');
    expect(native.data[0]).toMatchObject({
      description: expect.stringMatching(/^Events after 1 up to \d+ are not kept any more\.$/),
    });
    expect(marathon.types[0]).toBe('deployment_success');
    // Who saw the last one missed nothing.
    const last = native.messages.find(({ event: type }) => type === 'deployment_success')?.id ?? '';
    const again = await Reader.open(`${served.url}/api/events`, { 'last-event-id': last });
    await appendEvents(store().db, environment, [{ ...now, eventType: 'deployment_failed' }]);
    await again.has('deployment_failed');
    expect(again.types).not.toContain('events_missed');
  });

  test('a database that was brought back to an earlier time is told of, and nothing that comes is missed', async () => {
    const served = await serve(store());
    const native = await Reader.open(`${served.url}/api/events`, { 'last-event-id': '999999999' });
    await releasedTimes(served, 1);
    await native.has('group_change_success');
    expect(native.types[0]).toBe('events_missed');
    expect(native.data[0]).toMatchObject({
      description: 'There is no event 999999999: the database was brought back to a time before it.',
    });
  });
});
