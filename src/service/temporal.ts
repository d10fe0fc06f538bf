import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { findTemporal } from '../temporal/binary/index.js';
import { connectTemporal, type TemporalConnections } from '../temporal/connection.js';
import { startDevServer } from '../temporal/devserver.js';
import { quietTemporal } from '../temporal/logging.js';
import { ensureSearchAttributes } from '../temporal/register-search-attributes.js';

export interface Temporal {
  connections: TemporalConnections;
  /** Of the embedded server; a cluster's is not known. */
  uiUrl?: string;
  close(): Promise<void>;
}

/** A cluster where the standard variables name one, else the embedded development server. */
export async function openTemporal(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Logger,
  say: (line: string) => void,
): Promise<Temporal> {
  return namesCluster(env) ? openCluster(log) : openEmbedded(config, env, log, say);
}

function namesCluster(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.TEMPORAL_ADDRESS || env.TEMPORAL_PROFILE || env.TEMPORAL_CONFIG_FILE);
}

async function openCluster(log: Logger): Promise<Temporal> {
  quietTemporal(log);
  const connections = await connectTemporal({});
  await ensureSearchAttributes(connections.client);
  return { connections, close: () => connections.close() };
}

async function openEmbedded(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Logger,
  say: (line: string) => void,
): Promise<Temporal> {
  const binary = await findTemporal({ env, say });
  const { home, temporalPort: port, temporalUiPort: uiPort } = config;
  const server = await startDevServer({ binary, home, port, uiPort, log });
  quietTemporal(log);
  const connections = await connectTemporal({ address: server.address }).catch(async (error) => {
    await server.stop();
    throw error;
  });
  const close = async () => {
    await connections.close();
    await server.stop();
  };
  return { connections, uiUrl: server.uiUrl, close };
}
