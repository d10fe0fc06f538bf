import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --name <what>` after a change of the tables. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/schema.ts',
  out: './src/store/migrations',
});
