import { Client, Connection } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { RetryableError } from '../errors.js';
import { closable } from './closable.js';

/** Where Temporal is: the developer server's address, or nothing, and then the standard `TEMPORAL_*` variables say it. */
export interface TemporalTarget {
  address?: string;
  namespace?: string;
}

export interface TemporalConnections {
  client: Client;
  /** For workers; separate from the client's connection, as the SDK wants it. */
  native: NativeConnection;
  address: string;
  namespace: string;
  close(): Promise<void>;
}

/** What only asks and starts needs of it. */
export type TemporalClient = Omit<TemporalConnections, 'native'>;

/**
 * Opens both connections once for the whole process; `prepare` runs before the one for workers, which brings the SDK's
 * native part along. RetryableError names the address where nobody answers; what `prepare` throws is passed on.
 */
export async function connectTemporal(
  target: TemporalTarget,
  prepare: (temporal: TemporalClient) => Promise<void> | void = () => undefined,
): Promise<TemporalConnections> {
  const opened = temporalClient(target, CONNECT);
  const { client, address, namespace } = opened;
  try {
    await answering(address, () => client.connection.ensureConnected());
    await prepare(opened);
    const native = await answering(address, () => NativeConnection.connect(settings(target).options));
    const close = () => native.close().finally(() => opened.close());
    return { client, native, address, namespace, close };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** On a machine that is short of processors an answer takes longer than the SDK's 10 s. */
const CONNECT = '30s';

async function answering<T>(address: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (error) {
    throw new RetryableError(`Temporal at ${address}`, `Temporal at ${address} does not answer`, {
      cause: error,
    });
  }
}

/** A client that connects at its first call, and again after each loss: Temporal may be away now. */
export function temporalClient(target: TemporalTarget, connectTimeout?: Duration): TemporalClient {
  const { options, address, namespace } = settings(target);
  const { interceptors, shut } = closable();
  const connection = Connection.lazy({ ...options, interceptors, ...(connectTimeout && { connectTimeout }) });
  const close = () => {
    shut();
    return connection.close();
  };
  return { client: new Client({ connection, namespace }), address, namespace, close };
}

/** The developer server is on this machine: to pack what is sent would cost more than to send it. */
const PLAIN = { grpcCompression: { codec: 'none' } } as const;

function settings(target: TemporalTarget) {
  const config = loadClientConnectConfig();
  const options = {
    ...config.connectionOptions,
    ...(target.address ? { address: target.address, ...PLAIN } : {}),
  };
  const address = options.address ?? '127.0.0.1:7233';
  return { options, address, namespace: target.namespace ?? config.namespace ?? 'default' };
}
