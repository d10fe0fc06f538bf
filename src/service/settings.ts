import type { Config } from '../config.js';
import { type ErrorDetail, TerminalError } from '../errors.js';
import { namesCluster } from './temporal.js';

/** What one of many processes needs to know. */
export interface ProductionConfig extends Config {
  databaseUrl: string;
}

/** Processes that work together meet in a database and a Temporal that all of them reach. Throws what is not set. */
export function requireProduction(what: string, config: Config, env: NodeJS.ProcessEnv): ProductionConfig {
  const { databaseUrl } = config;
  const problems: ErrorDetail[] = [];
  if (databaseUrl === undefined) {
    const text = `${what} needs DATABASE_URL, the address of PostgreSQL, like postgres://user:password@host:5432/slipway.`;
    problems.push({ path: 'DATABASE_URL', errors: [text] });
  }
  if (!namesCluster(env)) {
    const text = `${what} needs TEMPORAL_ADDRESS, like temporal.example.org:7233 (or TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE).`;
    problems.push({ path: 'TEMPORAL_ADDRESS', errors: [text] });
  }
  if (databaseUrl !== undefined && problems.length === 0) return { ...config, databaseUrl };
  const hint = '"slipway up" runs everything in one process and needs neither.';
  const text = [...problems.flatMap(({ errors }) => errors), hint].join('\n');
  throw new TerminalError('invalid', text, { details: problems });
}
