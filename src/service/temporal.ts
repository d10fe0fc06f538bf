import { isGrpcServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { TerminalError } from '../errors.js';
import { findTemporal } from '../temporal/binary/index.js';
import { connectTemporal, type TemporalClient, type TemporalConnections } from '../temporal/connection.js';
import { startDevServer } from '../temporal/devserver.js';
import { reaching } from '../temporal/failures.js';
import { ensureSearchAttributes } from '../temporal/register-search-attributes.js';
import type { SdkRuntime } from '../temporal/sdk-runtime.js';

export interface Temporal {
  connections: TemporalConnections;
  /** Of the embedded server; a cluster's is not known. */
  uiUrl?: string;
  close(): Promise<void>;
}

/** What decides where Temporal is, and what it is started with. */
interface Where {
  config: Config;
  env: NodeJS.ProcessEnv;
  log: Logger;
  say: (line: string) => void;
}

/** A cluster where the standard variables name one, else the embedded development server. */
export async function openTemporal(where: Where, sdk: SdkRuntime): Promise<Temporal> {
  return namesCluster(where.env) ? openCluster(sdk) : openEmbedded(where, sdk);
}

/** Whether one of the standard variables says where Temporal is. */
export function namesCluster(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.TEMPORAL_ADDRESS || env.TEMPORAL_PROFILE || env.TEMPORAL_CONFIG_FILE);
}

async function openCluster(sdk: SdkRuntime): Promise<Temporal> {
  const connections = await connectCluster(sdk);
  return { connections, close: () => connections.close() };
}

/**
 * Connects as the standard variables say, and sees to it that the namespace is fit for us. Throws RetryableError
 * while Temporal is away, TerminalError where somebody has to do something first.
 */
export function connectCluster(sdk: SdkRuntime): Promise<TemporalConnections> {
  return connectTemporal({}, async (temporal) => {
    await reaching(temporal.address, () => prepareNamespace(temporal));
    await sdk.install();
  });
}

/** gRPC's code for what is not there. */
const NOT_FOUND = 5;

async function prepareNamespace({ client, address, namespace }: TemporalClient): Promise<void> {
  try {
    await client.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== NOT_FOUND) throw error;
    const help = `Set TEMPORAL_NAMESPACE to another one, or run: temporal operator namespace create --namespace ${namespace}`;
    throw new TerminalError('not_found', `Temporal at ${address} has no namespace "${namespace}". ${help}`);
  }
  await ensureSearchAttributes(client);
}

async function openEmbedded({ config, env, log, say }: Where, sdk: SdkRuntime): Promise<Temporal> {
  const binary = await findTemporal({ env, say });
  const { home, temporalPort: port, temporalUiPort: uiPort } = config;
  const server = await startDevServer({ binary, home, port, uiPort, log });
  const connections = await connectTemporal({ address: server.address }, () => sdk.install()).catch(
    async (error) => {
      await server.stop();
      throw error;
    },
  );
  const close = async () => {
    await connections.close();
    await server.stop();
  };
  return { connections, uiUrl: server.uiUrl, close };
}
