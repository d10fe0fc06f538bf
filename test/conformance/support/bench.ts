import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { ServiceProcess } from '../../helpers/service-process.js';
import { until } from '../../helpers/until.js';
import { Control } from './control.js';
import { EventLog, type Told } from './event-log.js';

const MOCK = fileURLToPath(new URL('./app-mock.mjs', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: the suite reads what a client of any language would
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
  /** Of `Marathon-Deployment-Id`; empty where there is none. */
  deployment: string;
}

export interface Task {
  id: string;
  state: string;
  version: string;
  ports: number[];
}

/** A check as Marathon's integration tests have it: asked soon and often, never killing. */
export const HEALTH = {
  protocol: 'HTTP',
  path: '/health',
  portIndex: 0,
  gracePeriodSeconds: 1,
  intervalSeconds: 0.2,
  timeoutSeconds: 2,
  maxConsecutiveFailures: 0,
  delaySeconds: 0,
};

export const READINESS = {
  name: 'ready',
  portName: 'http',
  path: '/ready',
  intervalSeconds: 0.2,
  timeoutSeconds: 0.1,
};

/** The service, its event stream and the control server, as Marathon's integration tests have them. */
export class Bench {
  /** Group of everything that the file makes. */
  readonly base = `/test-${randomBytes(4).toString('hex')}`;

  private constructor(
    readonly service: ServiceProcess,
    readonly control: Control,
    public log: EventLog,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<Bench> {
    const service = await ServiceProcess.start({ SLIPWAY_CPUS: '64', ...env });
    return new Bench(service, await Control.open(), await EventLog.open(service.api));
  }

  async close(): Promise<void> {
    this.log.close();
    this.control.close();
    await this.service.dispose();
  }

  /** Crash and start; the new log goes on where the old one ended. */
  async restart(): Promise<void> {
    await this.service.end('SIGKILL');
    await this.service.start();
    const earlier = this.log;
    earlier.close();
    this.log = await EventLog.open(this.service.api);
    this.log.events.unshift(...earlier.events);
  }

  id(name: string): string {
    return `${this.base}/${name}`;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(this.service.api + path, {
      method,
      headers: { ...type, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
      deployment: response.headers.get('marathon-deployment-id') ?? '',
    };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  /** Sends a change that must be accepted, and returns without waiting for it. */
  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.call(method, path, body);
    expect(answer, `${method} ${path}: ${JSON.stringify(answer.body)}`).toMatchObject({
      status: expect.toSatisfy((status: number) => status === 200 || status === 201),
      deployment: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    return answer;
  }

  /** Sends a change and waits for its success, as Marathon's `waitForDeployment`. */
  async deploy(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.send(method, path, body);
    await this.succeeded(answer);
    return answer;
  }

  async succeeded({ deployment }: Pick<Answer, 'deployment'>, timeoutMs = 40_000): Promise<void> {
    const ends = ({ eventType, id }: Told) =>
      id === deployment && /^deployment_(success|failed)$/.test(eventType);
    const end = await this.log.first(ends, `the end of deployment ${deployment}`, timeoutMs);
    expect(end).toMatchObject({ eventType: 'deployment_success', id: deployment });
  }

  /** Whether the deployment has ended by now. */
  ended({ deployment }: Pick<Answer, 'deployment'>): boolean {
    return this.log.events.some(
      ({ eventType, id }) => id === deployment && /^deployment_(success|failed)$/.test(eventType),
    );
  }

  async app(id: string): Promise<Json> {
    return (await this.get(`/v2/apps/${id}`)).body.app;
  }

  async tasks(id: string): Promise<Task[]> {
    return (await this.get(`/v2/apps/${id}/tasks`)).body.tasks ?? [];
  }

  async taskIds(id: string): Promise<string[]> {
    return (await this.tasks(id)).map((task) => task.id).sort();
  }

  /** Until the app has so many tasks; their ids. */
  async untilTasks(id: string, count: number, fits: (task: Task) => boolean = () => true): Promise<string[]> {
    const ids = await until(
      async () => {
        const found = (await this.tasks(id)).filter(fits);
        return found.length === count ? found.map((task) => task.id) : undefined;
      },
      { what: `${count} tasks of ${id}`, timeoutMs: 20_000 },
    );
    return ids.sort();
  }

  /** Deployments that run and concern the app or anything below the group. */
  async running(id: string): Promise<Json[]> {
    const { body } = await this.get('/v2/deployments');
    return body.filter((each: Json) =>
      each.affectedApps.some((app: string) => `${app}/`.startsWith(`${id}/`)),
    );
  }

  async queued(id: string): Promise<Json | undefined> {
    return (await this.get('/v2/queue')).body.queue.find((each: Json) => each.app.id === id);
  }

  /** The queue's entry of the app, once there is one that fits. */
  untilQueued(id: string, fits: (entry: Json) => boolean = () => true): Promise<Json> {
    const look = async () => {
      const entry = await this.queued(id);
      return entry !== undefined && fits(entry) ? entry : undefined;
    };
    return until(look, { what: `${id} in the queue`, timeoutMs: 20_000 });
  }

  /** Asked so often that a change would have been noticed. */
  async polled(kind: 'health' | 'ready', id: string, version: string, times = 3): Promise<void> {
    const before = this.control.count(kind, id, version);
    await until(() => this.control.count(kind, id, version) >= before + times, {
      what: `${times} more ${kind} checks of ${id}@${version}`,
    });
  }

  /** Events of one app, in order. */
  told(id: string, eventType: string): Told[] {
    return this.log.where((event) => event.eventType === eventType && event.appId === id);
  }

  /** An app that asks the control server for its health (Marathon's app_mock). */
  mock(id: string, version: string, more: object = {}): Json {
    return {
      id,
      cmd: `exec ${process.execPath} ${MOCK} $PORT0 ${id} ${version} ${this.control.url}`,
      instances: 1,
      cpus: 0.01,
      mem: 8,
      backoffSeconds: 0.2,
      portDefinitions: [{ port: 0, name: 'http' }],
      healthChecks: [HEALTH],
      ...more,
    };
  }

  /** An app of which nothing but its process matters. */
  sleeper(id: string, more: object = {}): Json {
    return { id, cmd: 'exec sleep 1000', instances: 1, cpus: 0.01, mem: 8, ...more };
  }
}
