import { type FolderOptions, openFolder } from './pglite.js';
import { openServer, type ServerOptions } from './postgres.js';
import type { Store } from './store.js';

/**
 * Opens the database and brings its tables up to date: a folder with PGlite in it, or a PostgreSQL server.
 * Throws RetryableError where the server cannot be reached, TerminalError where it cannot be used.
 */
export function openStore(options: FolderOptions | ServerOptions): Promise<Store> {
  return 'dir' in options ? openFolder(options) : openServer(options);
}
