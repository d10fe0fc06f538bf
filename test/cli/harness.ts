import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Io, Sink } from '../../src/cli/io.js';
import { run } from '../../src/cli/main.js';
import type { Deployment } from '../../src/model/deployment.js';
import type { Instance } from '../../src/model/instance.js';

/** A request as it arrived. */
export interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
}

/** What a route answers; `broken` cuts the connection before any byte, `cut` after these. */
type Answer = { status?: number; body: unknown } | { text: string } | { broken: true } | { cut: string };
type Route = (seen: Seen) => Answer;

/** A service in api.md's shape: routes by `METHOD path`. */
export class FakeService {
  readonly seen: Seen[] = [];
  private readonly routes = new Map<string, Route>();
  private readonly server: Server = createServer((req, res) => void this.handle(req, res));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  on(route: string, answer: Route): void {
    this.routes.set(route, answer);
  }

  /** Requests of a route. */
  of(route: string): Seen[] {
    const [method, path] = route.split(' ');
    return this.seen.filter((request) => request.method === method && request.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const seen = await received(req);
    this.seen.push(seen);
    const answer = this.route(seen)?.(seen) ?? {
      status: 404,
      body: { message: `${seen.path} does not exist`, code: 'not_found' },
    };
    if ('broken' in answer) res.destroy();
    else if ('cut' in answer) res.write(answer.cut, () => res.destroy());
    else if ('text' in answer) res.end(answer.text);
    else {
      res.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      res.end(JSON.stringify(answer.body));
    }
  }

  private route({ method, path }: Seen): Route | undefined {
    return this.routes.get(`${method} ${path}`);
  }
}

async function received(req: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const url = new URL(req.url ?? '/', 'http://localhost');
  const text = Buffer.concat(chunks).toString();
  return {
    method: req.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: req.headers as Record<string, string>,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** A page with everything in it. */
export function page(items: unknown[]): Answer {
  return { body: { items } };
}

export interface Ran {
  exit: number;
  out: string;
  err: string;
}

export interface Surroundings {
  env?: Record<string, string>;
  stdin?: string;
  terminal?: boolean;
  now?: string;
  /** Instead of `now`: milliseconds. */
  clock?: () => number;
  signal?: AbortSignal;
  /** Told of what is written, as it is written. */
  onOut?: (text: string) => void;
}

/** Runs a command line with captured output; pauses are a hundredth as long. */
export async function slipway(argv: string[], around: Surroundings = {}): Promise<Ran> {
  const out = capture(around.terminal, around.onOut);
  const err = capture(around.terminal);
  const io: Io = {
    out,
    err,
    stdin: (async function* () {
      yield around.stdin ?? '';
    })(),
    env: { USER: 'anna', ...around.env },
    signal: around.signal ?? new AbortController().signal,
    now: around.clock ?? (() => (around.now === undefined ? Date.now() : Date.parse(around.now))),
    sleep: (ms) => delay(ms / 100),
  };
  const exit = await run(argv, io);
  return { exit, out: out.text(), err: err.text() };
}

function capture(terminal = false, told?: (text: string) => void): Sink & { text(): string } {
  const written: string[] = [];
  return {
    write: (text) => {
      written.push(text);
      told?.(text);
    },
    isTTY: terminal,
    columns: 200,
    text: () => written.join(''),
  };
}

/** A deployment in api.md's shape. */
export function deployment(fields: Partial<Deployment> & { id: string }): Deployment {
  return {
    environment: 'default',
    version: '2026-01-01T12:00:00.000Z',
    state: 'running',
    description: 'Upgrades /product/db.',
    affectedApps: ['/product/db'],
    steps: [
      {
        actions: [
          {
            action: 'RestartApplication',
            app: '/product/db',
            state: 'running',
            description: 'replaces instances',
            batch: 2,
            batches: 3,
            old: { running: 4, ready: 4, wanted: 4 },
            new: { running: 6, ready: 5, wanted: 10 },
          },
        ],
      },
    ],
    currentStep: 1,
    totalSteps: 1,
    options: {},
    by: 'anna',
    reason: '',
    warnings: [],
    acceptedAt: '2026-01-01T12:00:00.000Z',
    ...fields,
  };
}

/** An instance in the model's shape. */
export function instance(fields: Partial<Instance> & { id: string }): Instance {
  return {
    app: '/web',
    version: '2026-01-01T12:00:00.000Z',
    state: 'running',
    ready: true,
    healthy: true,
    host: '127.0.0.1',
    ports: [31000],
    stagedAt: '2026-01-01T12:00:00.000Z',
    startedAt: '2026-01-01T12:00:00.000Z',
    since: '2026-01-01T12:00:00.000Z',
    healthCheckResults: [],
    readinessResults: [],
    ...fields,
  };
}
