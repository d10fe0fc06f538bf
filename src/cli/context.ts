import { userInfo } from 'node:os';
import { Client } from './client.js';
import { usageError } from './exit.js';
import { type Io, type Paint, paintFor } from './io.js';

/** Options that every command takes. */
export interface GlobalOptions {
  api?: string;
  token?: string;
  environment?: string;
  by?: string;
  json?: boolean;
}

/** What a command works with. */
export interface Cli {
  io: Io;
  client: Client;
  /** Machine-readable output: one document, or one a line for what follows. */
  json: boolean;
  paint: Paint;
  /** In whose name. */
  by: string;
  /** The same where the command line says it, and does not leave it to the user's name. */
  statedBy: string | undefined;
  /** Prints lines for a person. */
  say(...lines: string[]): void;
  /** Prints one JSON document. */
  document(value: unknown): void;
  /** Prints one line of NDJSON. */
  record(value: unknown): void;
}

/** Throws CliError (usage) where the address of the service is none. */
export function createCli(io: Io, options: GlobalOptions): Cli {
  const by = options.by ?? userName(io.env);
  const token = options.token ?? io.env.SLIPWAY_TOKEN;
  const environment = options.environment ?? io.env.SLIPWAY_ENVIRONMENT;
  const client = new Client({
    api: checkedUrl(options.api ?? apiUrl(io.env)),
    by,
    sleep: io.sleep,
    signal: io.signal,
    ...(token ? { token } : {}),
    ...(environment ? { environment } : {}),
  });
  return {
    io,
    client,
    json: options.json === true,
    paint: paintFor(io.out, io.env),
    by,
    statedBy: options.by,
    say: (...lines) => void io.out.write(lines.map((line) => `${line}\n`).join('')),
    document: (value) => void io.out.write(`${JSON.stringify(value, null, 2)}\n`),
    record: (value) => void io.out.write(`${JSON.stringify(value)}\n`),
  };
}

/** Address of the service by the environment: SLIPWAY_API, else this machine at SLIPWAY_PORT or 8080. */
export function apiUrl(env: Io['env']): string {
  return env.SLIPWAY_API || `http://127.0.0.1:${env.SLIPWAY_PORT || '8080'}`;
}

function checkedUrl(api: string): string {
  if (URL.canParse(api) && /^https?:\/\//.test(api)) return api;
  throw usageError(`"${api}" is not the address of a service; it must be like http://127.0.0.1:8080.`);
}

function userName(env: Io['env']): string {
  const named = env.USER || env.LOGNAME;
  if (named) return named;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
