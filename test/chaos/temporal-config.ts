import { stringify } from 'yaml';
import { lowPort } from '../helpers/free-port.js';

/** Configuration of a Temporal server of all four services in one process, on a PostgreSQL of this machine. */
export async function clusterConfig(frontendPort: number, databasePort: number): Promise<string> {
  const rpc = async (grpcPort?: number) => ({
    rpc: {
      grpcPort: grpcPort ?? (await lowPort()),
      membershipPort: await lowPort(),
      bindOnLocalHost: true,
    },
  });
  return stringify({
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: {
        default: { sql: sql('temporal', databasePort, 20) },
        visibility: { sql: sql('temporal_visibility', databasePort, 5) },
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: {
      frontend: await rpc(frontendPort),
      matching: await rpc(),
      history: await rpc(),
      worker: await rpc(),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcAddress: `127.0.0.1:${frontendPort}` },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    publicClient: { hostPort: `127.0.0.1:${frontendPort}` },
  });
}

function sql(databaseName: string, port: number, maxConns: number) {
  return {
    pluginName: 'postgres12',
    databaseName,
    connectAddr: `127.0.0.1:${port}`,
    connectProtocol: 'tcp',
    user: 'slipway',
    password: 'none',
    maxConns,
    maxIdleConns: maxConns,
    maxConnLifetime: '1h',
  };
}
