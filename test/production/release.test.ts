import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { call, change, ended, Installation, type Part } from '../helpers/installation.js';
import { processesOf } from '../helpers/os-truth.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { SERVER } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const APP = {
  id: '/shop',
  cmd: `exec node ${SERVER} --name shop --port $PORT0`,
  instances: 2,
  cpus: 0.05,
  mem: 32,
  portDefinitions: [{ port: 0, name: 'http' }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
};

describe.skipIf(NO_POSTGRES)(`two APIs, two workers, one agent${NO_POSTGRES}`, () => {
  let installation: Installation;
  let one: Part;
  let two: Part;
  let agent: Part;

  beforeAll(async () => {
    installation = await Installation.create(inject('temporalAddress'));
    // At once, on an empty database: all of them migrate, one after another.
    const kinds = ['api', 'api', 'worker', 'worker', 'agent'] as const;
    const parts = await Promise.all(kinds.map((kind) => installation.started(kind)));
    [one, two, , , agent] = parts as [Part, Part, Part, Part, Part];
  });
  afterAll(() => installation?.dispose());

  test('what is released through one is seen through the other, and both tell the same events', async () => {
    const streams = [new Events(one), new Events(two)];
    await Promise.all(streams.map((stream) => stream.open()));
    const id = await change(one, 'POST', '/v2/apps', APP);
    expect(await ended(two, id)).toMatchObject({ outcome: 'succeeded' });
    expect(await processesOf(APP.id, installation.home)).toHaveLength(2);
    const { body } = await call<{ tasks: object[] }>(two, 'GET', '/v2/apps//shop/tasks');
    expect(body.tasks).toHaveLength(2);
    const told = () => streams.every(({ types }) => types.includes('deployment_success'));
    await until(told, { what: 'deployment_success on both streams' });
    for (const stream of streams) stream.close();
    expect(streams[0]?.types).toContain('status_update_event');
    expect(streams[1]?.ids).toEqual(streams[0]?.ids);
  });

  test('an instance that runs elsewhere is killed, and its output is read, through an API server', async () => {
    const { body } = await call<{ tasks: { id: string }[] }>(two, 'GET', '/v2/apps//shop/tasks');
    const [victim] = body.tasks;
    const before = await processesOf(APP.id, installation.home);
    const logs = await call<string>(one, 'GET', `/api/instances/${victim?.id}/logs?tail=10`);
    expect(logs).toMatchObject({ status: 200, body: expect.stringContaining('shop') });
    const killed = await call(one, 'DELETE', `/v2/apps//shop/tasks/${victim?.id}`);
    expect(killed.status).toBe(200);
    const replaced = async () => {
      const now = await processesOf(APP.id, installation.home);
      return now.length === 2 && now.filter((pid) => before.includes(pid)).length === 1;
    };
    await until(replaced, { what: 'another process in the place of the one that was killed' });
  });

  test('what is not known to the agent is the same 404 as with everything in one process', async () => {
    const answer = await call(one, 'GET', '/api/instances/no-such-instance/logs');
    expect(answer.status).toBe(404);
  });

  test('the capacity of the agent is what the API tells', async () => {
    const taken = async () => {
      const { body } = await call<{ items: { taken: { mem: number } }[] }>(two, 'GET', '/api/environments');
      return body.items[0]?.taken.mem === 2 * APP.mem;
    };
    await until(taken, { what: 'what two instances take' });
  });

  test('the control endpoint of the agent wants its token', async () => {
    const answer = await call(agent, 'POST', '/control/kill', { instances: [] });
    expect(answer.status).toBe(401);
  });

  test('every process tells of its health', async () => {
    for (const part of installation.parts) {
      expect(await call(part, 'GET', '/healthz')).toMatchObject({ status: 200 });
      expect(await call(part, 'GET', '/readyz')).toMatchObject({
        status: 200,
        body: { ready: true, database: true, temporal: true },
      });
    }
  });

  test('a second agent with another home is refused, and told why', async () => {
    const second = await installation.part('agent', { SLIPWAY_HOME: `${installation.home}/other` });
    second.launch();
    await until(() => second.exitCode !== null, { what: 'its end', timeoutMs: 20_000 });
    expect(second.exitCode).toBe(1);
    expect(second.output).toContain(`Environment default is run by another home: the agent at ${agent.url}`);
  });

  test('without an agent reads go on, and what needs it is 503 with Retry-After', async () => {
    const { body } = await call<{ tasks: { id: string }[] }>(two, 'GET', '/v2/apps//shop/tasks');
    await agent.end('SIGTERM');
    expect(await processesOf(APP.id, installation.home)).toHaveLength(2);
    const killed = await call(one, 'DELETE', `/v2/apps//shop/tasks/${body.tasks[0]?.id}`);
    expect(killed.status).toBe(503);
    expect(killed.headers.get('retry-after')).toBeTruthy();
    expect((await call(one, 'GET', '/v2/apps//shop')).status).toBe(200);
    expect((await call(one, 'GET', '/api/environments')).status).toBe(200);
    await agent.start();
  });
});

/** What an event stream told so far. */
class Events {
  readonly types: string[] = [];
  readonly ids: string[] = [];
  private readonly gone = new AbortController();

  constructor(private readonly api: Part) {}

  async open(): Promise<void> {
    const headers = { accept: 'text/event-stream' };
    const { body } = await fetch(`${this.api.url}/v2/events`, { headers, signal: this.gone.signal });
    void this.read(body).catch(() => undefined);
  }

  close(): void {
    this.gone.abort();
  }

  private async read(body: ReadableStream<Uint8Array> | null): Promise<void> {
    let text = '';
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString();
      const frames = text.split('\r\n\r\n');
      text = frames.pop() ?? '';
      for (const frame of frames) this.take(frame);
    }
  }

  /** Events that are kept have an id; attached and detached are the stream's own. */
  private take(frame: string): void {
    const type = /^event: (.*)$/m.exec(frame)?.[1];
    const id = /^id: (.*)$/m.exec(frame)?.[1];
    if (type !== undefined) this.types.push(type.trim());
    if (id !== undefined) this.ids.push(id.trim());
  }
}
