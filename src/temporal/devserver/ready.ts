import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

/** Waits until the server answers for the namespace that workflows are started in. False at the time limit or the abort. */
export async function answers(address: string, withinMs: number, signal?: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!signal?.aborted && Date.now() < deadline) {
    if (await answersNow(address)) return true;
    await sleep(30);
  }
  return false;
}

async function answersNow(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 1_500, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
