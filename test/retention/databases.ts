import { openStore } from '../../src/store/connection.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';
import { NO_POSTGRES, Postgres } from '../helpers/postgres.js';

/** Both kinds of database, and why one is not there. */
export const DATABASES = [
  ['PGlite', '', () => openTestStore()],
  ['PostgreSQL', NO_POSTGRES, openOnServer],
] as const;

/** A server of its own, which goes with it. */
async function openOnServer(): Promise<Omit<TestStore, 'dir'>> {
  const postgres = await Postgres.start();
  const store = await openStore({ databaseUrl: postgres.url });
  return {
    store,
    close: async () => {
      await store.close();
      await postgres.dispose();
    },
  };
}
