import { join } from 'node:path';

/** What a development server is started with. */
export interface DevServerOptions {
  /** Path of the Temporal CLI. */
  binary: string;
  /** SLIPWAY_HOME; the server's data and log are in its folder `temporal`. */
  home: string;
  /** gRPC. */
  port: number;
  uiPort: number;
}

/** Loopback only: the development server asks nobody who they are. */
export const HOST = '127.0.0.1';

/** The server makes them only when it makes its database; `becomesReady` adds them to other data. */
export const SEARCH_ATTRIBUTES = {
  SlipwayApp: 'KeywordList',
  SlipwayEnvironment: 'Keyword',
  SlipwayStep: 'Keyword',
  SlipwayGate: 'Keyword',
} as const;

/** Half of the server's default durability cost, and still nothing is lost by a killed process (SQLite, WAL). */
const PRAGMAS = { journal_mode: 'WAL', synchronous: 'NORMAL' } as const;

const DYNAMIC_CONFIG = {
  /** Saves a hop per activity. */
  'system.enableActivityEagerExecution': true,
  /** Else a search attribute that was just made is unknown for a minute. */
  'system.forceSearchAttributesCacheRefreshOnRead': true,
} as const;

/** Arguments of the CLI. The order is fixed: a running server is recognised by them. */
export function argumentsOf({ home, port, uiPort }: DevServerOptions): string[] {
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--db-filename', databaseOf(home)],
    ...pairs('--sqlite-pragma', PRAGMAS),
    ...pairs('--search-attribute', SEARCH_ATTRIBUTES),
    ...pairs('--dynamic-config-value', DYNAMIC_CONFIG),
    ...['--ui-disable-news-fetch', '--log-level', 'error'],
  ];
}

export function folderOf(home: string): string {
  return join(home, 'temporal');
}

/** Names the server of this home among all processes. */
export function databaseOf(home: string): string {
  return join(folderOf(home), 'temporal.db');
}

function pairs(flag: string, values: Record<string, string | boolean>): string[] {
  return Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
}
