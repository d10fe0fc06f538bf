import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from './command.js';

/**
 * Waits until the server answers for the namespace that workflows are started in, and has our search attributes.
 * False at the time limit or the abort.
 */
export async function becomesReady(
  address: string,
  withinMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!signal?.aborted && Date.now() < deadline) {
    if (await isReady(address)) return true;
    await sleep(30);
  }
  return false;
}

async function isReady(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 3_000, async () => {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await addSearchAttributes(connection);
    });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

/** Adds those that the data does not have yet: a server takes `--search-attribute` for new data only. */
async function addSearchAttributes({ operatorService }: Connection): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
  await operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
}

/** temporal.api.enums.v1.IndexedValueType. */
const TYPES = { Keyword: 2, KeywordList: 7 } as const;
