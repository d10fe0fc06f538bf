import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { change, ended, Installation, type Part } from '../helpers/installation.js';
import { processesOf } from '../helpers/os-truth.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { SERVER } from '../helpers/service-process.js';

/** Ten processes start here, some of them twice, on two cores that others use, too. */
const TIMEOUT_MS = 240_000;
const APP = '/web';

function web(version: number) {
  return {
    id: APP,
    cmd: `exec node ${SERVER} --name web --port $PORT0 --version ${version}`,
    instances: 4,
    cpus: 0.05,
    mem: 32,
    portDefinitions: [{ port: 0, name: 'http' }],
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
    upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 },
  };
}

describe.skipIf(NO_POSTGRES)(`a rolling restart during a release${NO_POSTGRES}`, () => {
  let installation: Installation;
  let apis: [Part, Part];
  let workers: Part[];

  beforeAll(async () => {
    installation = await Installation.create(inject('temporalAddress'));
    const kinds = ['api', 'api', 'worker', 'worker', 'agent'] as const;
    const parts = await Promise.all(kinds.map((kind) => installation.started(kind)));
    apis = [parts[0], parts[1]] as [Part, Part];
    workers = parts.slice(2, 4);
  });
  afterAll(() => installation?.dispose());

  test('clients notice nothing but a refused or closed connection or a 503 of the one that is down', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await ended(apis[0], await change(apis[0], 'PUT', `/v2/apps/${APP}`, web(1)));
    const upgrade = await change(apis[0], 'PUT', `/v2/apps/${APP}`, web(2));
    const clients = apis.map((api) => new Client(api));
    const running = clients.map((client) => client.run());
    for (const part of [apis[0], workers[0], apis[1], workers[1]]) {
      expect(await part?.end('SIGTERM')).toBe(0);
      await part?.start();
    }
    expect(await ended(apis[0], upgrade, 120_000)).toMatchObject({ outcome: 'succeeded' });
    for (const client of clients) client.stop();
    await Promise.all(running);
    expect(await processesOf(APP, installation.home)).toHaveLength(4);
    for (const client of clients) {
      expect(client.answered).toBeGreaterThan(50);
      expect(client.surprises).toEqual([]);
    }
  });
});

/** A server that ends refuses connections and closes kept ones; a read is then made again elsewhere. */
const CONNECTION_GONE = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/** Reads one after another from an API server, over connections that are kept. */
class Client {
  answered = 0;
  /** What a client that tries the next server on 503 and refused connections would notice. */
  readonly surprises: string[] = [];
  private stopped = false;

  constructor(private readonly api: Part) {}

  stop(): void {
    this.stopped = true;
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      await this.read().catch((error: unknown) => this.failed(error));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private async read(): Promise<void> {
    const answer = await fetch(`${this.api.url}/v2/apps/${APP}`);
    await answer.text();
    if (answer.status === 200) this.answered += 1;
    else if (answer.status !== 503) this.surprises.push(`status ${answer.status}`);
  }

  private failed(error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (!CONNECTION_GONE.includes(String(code))) this.surprises.push(`${error}: ${cause}`);
  }
}
