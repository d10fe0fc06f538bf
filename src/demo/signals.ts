import { Client, Connection } from '@temporalio/client';

/** A line straight to Temporal, as a chat bot has one: no Slipway API is involved. */
export interface Signals {
  send(deployment: string, signal: 'pause' | 'resume', reason: string): Promise<void>;
  close(): Promise<void>;
}

/** Opened before the deployment that is to be told something: to connect may take longer than its batches. */
export async function openSignals(
  /** `127.0.0.1:7233` */
  address: string,
): Promise<Signals> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  return {
    send: (deployment, signal, reason) =>
      workflow.getHandle(deployment).signal(signal, { by: 'demo', reason }),
    close: () => connection.close(),
  };
}
