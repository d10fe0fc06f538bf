import { Client, Connection } from '@temporalio/client';

/** Tells a deployment something straight through Temporal, as a chat bot does: no Slipway API is involved. */
export async function signalDeployment(
  /** `127.0.0.1:7233` */
  address: string,
  deployment: string,
  signal: 'pause' | 'resume',
  body: { by: string; reason: string },
): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await new Client({ connection }).workflow.getHandle(deployment).signal(signal, body);
  } finally {
    await connection.close();
  }
}
